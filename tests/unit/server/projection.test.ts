import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shownMessage } from '../../../server/projection/cell.ts'
import { createChatStorage } from '../../../server/storage/chat-storage.ts'
import { rowToJson } from '../../../server/storage/log-row.ts'
import { openSqliteEngine } from '../../../server/storage/sqlite-engine.ts'
import {
  type ConversationMetadata,
  DEFAULT_TITLE,
  titleFromMessages,
} from '../../../src/domain/conversation.ts'
import type { OperationId } from '../../../src/domain/ids.ts'
import {
  applyPurge,
  applyToRegister,
  EMPTY_REGISTER,
  type Head,
  type RegisterState,
} from '../../../src/domain/merge.ts'
import { comparePlaces, isPresent, messageText, previewOf } from '../../../src/domain/message.ts'
import type { Operation, SetOperation } from '../../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../../src/domain/wire.ts'
import { aMessageValue, anId, aPurge, aSet, aStub } from './builders.ts'

type Step =
  | {
      do: 'message'
      message: number
      text: string
      at: number
      over: number[]
      status: 'complete' | 'interrupted'
      role: string
    }
  | { do: 'remove'; message: number; over: number[] }
  | { do: 'set'; register: string; value: unknown; over: number[] }
  | { do: 'trash'; leaves: number }
  | { do: 'restore' }
  | { do: 'purge'; of: number[] }
  | { do: 'stub'; of: number }
  | { do: 'nameless stub'; over: number[] }
  | { do: 'repeat'; of: number }

const pick = fc.array(fc.nat(40), { maxLength: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('message' as const),
      message: fc.nat(5),
      text: fc.constantFrom('', 'one', 'one two', 'drei', '  '),
      at: fc.nat(1_000),
      over: pick,
      status: fc.constantFrom('complete' as const, 'interrupted' as const),
      role: fc.constantFrom('user', 'assistant'),
    }),
  },
  fc.record({ do: fc.constant('remove' as const), message: fc.nat(5), over: pick }),
  fc.record({
    do: fc.constant('set' as const),
    register: fc.constantFrom('title', 'archived', 'pinned', 'tag:a', 'tag:b', 'leaf', 'later-version'),
    value: fc.constantFrom<unknown>(null, true, false, 'Name', '', 3),
    over: pick,
  }),
  fc.record({ do: fc.constant('trash' as const), leaves: fc.nat(2) }),
  fc.record({ do: fc.constant('restore' as const) }),
  fc.record({ do: fc.constant('purge' as const), of: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }) }),
  fc.record({ do: fc.constant('stub' as const), of: fc.nat(40) }),
  fc.record({ do: fc.constant('nameless stub' as const), over: pick }),
  fc.record({ do: fc.constant('repeat' as const), of: fc.nat(40) }),
)

/** Turns steps into operations of conversation `c`; overwrites name earlier operations of the same register. */
function toOperations(steps: readonly Step[]): Operation[] {
  const sets: SetOperation[] = []
  const operations: Operation[] = []
  const nth = (index: number) => sets[index % Math.max(1, sets.length)]
  const over = (register: string, picks: readonly number[]) => {
    const mine = sets.filter((set) => set.register === register)
    return [...new Set(picks.flatMap((index) => mine[index % Math.max(1, mine.length)]?.id ?? []))]
  }
  const put = (operation: SetOperation) => {
    sets.push(operation)
    operations.push(operation)
  }
  for (const each of steps) {
    if (each.do === 'message') {
      const { message, text, at, status, role } = each
      const value = aMessageValue(`m${message}`, {
        born: at,
        createdAt: at * 7,
        status,
        message: { id: `m${message}`, role, content: text },
      })
      put(aSet('c', `message:m${message}`, value, { overwrites: over(`message:m${message}`, each.over) }))
    } else if (each.do === 'remove') {
      const register = `message:m${each.message}`
      put(
        aSet(
          'c',
          register,
          { parentId: null, born: 3, removed: true },
          { overwrites: over(register, each.over) },
        ),
      )
    } else if (each.do === 'set') {
      put(aSet('c', each.register, each.value, { overwrites: over(each.register, each.over) }))
    } else if (each.do === 'trash') {
      put(aSet('c', 'trashed', { heads: sets.slice(each.leaves).map(({ id }) => id) }))
    } else if (each.do === 'restore') {
      put(
        aSet('c', 'trashed', null, {
          overwrites: sets.filter((set) => set.register === 'trashed').map(({ id }) => id),
        }),
      )
    } else if (each.do === 'purge') {
      operations.push(aPurge('c', [...new Set(each.of.map((index) => nth(index)?.id ?? anId()))]))
    } else if (each.do === 'stub') {
      const of = nth(each.of)
      if (of !== undefined) operations.push(aStub(of))
    } else if (each.do === 'nameless stub') {
      const overwrites = [...new Set(each.over.flatMap((index) => nth(index)?.id ?? []))]
      const stub = { kind: 'stub', id: anId(), conversationId: 'c', register: '', overwrites } as const
      operations.push(stub, aPurge('c', [stub.id]))
    } else {
      const of = nth(each.of)
      if (of !== undefined) operations.push(of)
    }
  }
  return operations
}

/** The list's entry from scratch: every operation applied one by one with the domain's rule. */
function recompute(operations: readonly Operation[]): ConversationMetadata | undefined {
  const purged = new Set<OperationId>()
  for (const operation of operations)
    if (operation.kind === 'purge') for (const id of operation.names) purged.add(id)
  const isPurged = (id: OperationId) => purged.has(id)
  const states = new Map<string, RegisterState>()
  const placed = operations.filter((each) => each.kind !== 'purge')
  const registers = new Set(placed.map((each) => each.register).filter((register) => register !== ''))
  for (const register of registers) {
    let state: RegisterState = EMPTY_REGISTER
    for (const operation of placed) {
      if (operation.register === register || operation.register === '')
        state = applyToRegister(state, operation, isPurged)
    }
    states.set(register, applyPurge(state, isPurged))
  }
  const heads = (register: string): readonly Head[] => states.get(register)?.heads ?? []
  if ([...registers].every((register) => heads(register).length === 0)) return undefined
  const messages = [...registers]
    .filter((register) => register.startsWith('message:'))
    .flatMap((register) => {
      const found = shownMessage(register, heads(register))
      return found !== null && isPresent(found.value)
        ? [{ id: register, born: found.born, value: found.value }]
        : []
    })
    .sort(comparePlaces)
  const [first] = messages
  const last = messages[messages.length - 1]
  const stamps = placed.flatMap((each) => (each.kind === 'set' ? [each.stamp] : []))
  const fallback = Math.min(...stamps)
  const title = heads('title')[0]?.value
  const recorded = heads('trashed').flatMap((head) => (head.value as { heads: string[] } | null)?.heads ?? [])
  const preview = last === undefined ? '' : previewOf(messageText(last.value.message))
  const seen = [...registers].filter((register) => register.startsWith('message:')).flatMap(heads)
  const trashed = heads('trashed')[0]?.value != null && seen.every((head) => recorded.includes(head.id))
  const others = [...registers].filter((register) => register !== 'trashed').flatMap(heads)
  // A purge left nothing that a list would show.
  if (purged.size > 0 && seen.length === 0 && (trashed || others.length === 0)) return undefined
  return {
    id: 'c',
    projectId: 'p',
    title:
      typeof title === 'string' && title.trim() !== ''
        ? title
        : messages.length === 0
          ? DEFAULT_TITLE
          : titleFromMessages(messages.map(({ value }) => value.message)),
    messageCount: messages.length,
    ...(preview === '' ? {} : { lastMessage: preview }),
    createdAt: first?.value.createdAt ?? fallback,
    updatedAt: last?.value.createdAt ?? fallback,
    archived: heads('archived')[0]?.value === true,
    pinned: heads('pinned')[0]?.value === true,
    trashed,
    tags: ['a', 'b'].filter((tag) => heads(`tag:${tag}`)[0]?.value === true),
  }
}

test('the list shows what the whole log says, whatever was written in whatever batches', async () => {
  const storage = createChatStorage(openSqliteEngine(':memory:'))
  let runs = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(6)),
      async (steps, cuts) => {
        runs += 1
        const project = { account: `anna-${runs}`, projectId: 'p' }
        const operations = toOperations(steps)
        const rest = [...operations]
        for (const cut of [...cuts, operations.length]) {
          await storage.append({ ...project, cursor: CURSOR_ZERO, operations: rest.splice(0, cut), now: 1 })
        }
        const delta = await storage.readDelta({
          ...project,
          cursor: CURSOR_ZERO,
          limit: 1_000,
          maxBytes: 1e9,
        })
        const log = [...delta.operations, ...delta.purges].map(
          (row) => JSON.parse(rowToJson(row)) as Operation,
        )
        const list = await storage.listConversations({
          ...project,
          before: undefined,
          limit: 9,
          includesTrashed: true,
        })
        const expected = recompute(log)
        // Stamps of purged operations still tell when a conversation without messages began.
        const stamp = Math.min(...operations.flatMap((each) => (each.kind === 'set' ? [each.stamp] : [])))
        const without = expected !== undefined && expected.messageCount === 0
        expect(list.conversations).toEqual(
          expected === undefined
            ? []
            : [{ ...expected, ...(without ? { createdAt: stamp, updatedAt: stamp } : {}) }],
        )
      },
    ),
    { numRuns: 300 },
  )
  await storage.close()
})
