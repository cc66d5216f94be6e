import { expect, test } from 'vitest'
import type { OperationId } from '../../src/domain/ids.ts'
import type { SetOperation } from '../../src/domain/operation.ts'
import { operationId } from '../builders/operations.ts'
import { checkAppends } from './appends.ts'
import { createStore } from './store.ts'
import type { Tab } from './tab.ts'
import { holdingOf } from './verdict.ts'
import { createWorld } from './world.ts'

type Known = { readonly id: OperationId; readonly name: string; readonly parent: string | null; born: number }

const message = ({ id, name, parent, born }: Known): SetOperation => ({
  kind: 'set',
  id,
  conversationId: 'c',
  register: `message:${name}`,
  stamp: born,
  overwrites: [],
  value: { parentId: parent, born, createdAt: born, status: 'complete' },
})
const leaf: SetOperation = {
  ...{ kind: 'set', id: operationId(99), conversationId: 'c', register: 'leaf', stamp: 99 },
  ...{ overwrites: [], value: 'new' },
}

/** A disk that shows these messages is appended to below `parent`; what another device purged, and what this one knows of it. */
function append(
  shown: readonly Known[],
  parent: string,
  told: { besides?: readonly SetOperation[]; purged?: readonly string[]; known?: readonly string[] } = {},
) {
  const { besides = [], purged = [], known = purged } = told
  const world = createWorld(1, false)
  const store = createStore('d1')
  const written = message({ id: operationId(98), name: 'new', parent, born: 98 })
  const operations = [...shown.map(message), written, ...besides]
  for (const { id, name } of shown) {
    const heads = store.memory.heads.get(`db c message:${name}`) ?? new Set()
    store.memory.heads.set(`db c message:${name}`, new Set([...heads, id]))
  }
  store.memory.purges.set('db c', new Set(known))
  const after = { conversationId: 'c', projectId: 'p', mutationId: 'm', operations: [written, ...besides] }
  checkAppends(world, store, 'db', [{ store: 'outbox', key: 1, before: undefined, after }], {
    plans: new Map([['m', 'append']]),
    operations: new Map(operations.map((operation) => [operation.id, operation])),
    purged: new Set(purged),
  })
  return world.broken?.invariant
}

const ROOT: Known = { id: operationId(1), name: 'root', parent: null, born: 1 }

test('an append stands below a message that has nothing below it', () => {
  expect(append([ROOT], 'root')).toBeUndefined()
  expect(append([ROOT, { id: operationId(2), name: 'a', parent: 'root', born: 2 }], 'root')).toBe(
    'an append does not branch',
  )
})

// Seed 205665: the version of two that stood elsewhere was purged by a device of which this one had not heard.
test('what another device purged counts here for as long as it is shown here', () => {
  const elsewhere: Known = { id: operationId(2), name: 'twice', parent: null, born: 2 }
  const below: Known = { id: operationId(3), name: 'twice', parent: 'root', born: 3 }
  const purged = [elsewhere.id]
  expect(append([ROOT, elsewhere, below], 'root', { purged, known: [] })).toBeUndefined()
  expect(append([ROOT, elsewhere, below], 'root', { purged })).toBe('an append does not branch')
})

// Seed 1499: what claims a younger parent hangs below the message before it, which the append then was.
test('an append chooses a branch only where what hangs elsewhere could be shown below it', () => {
  const parent: Known = { id: operationId(2), name: 'parent', parent: 'root', born: 2 }
  const child: Known = { id: operationId(3), name: 'child', parent: 'parent', born: 3 }
  expect(append([ROOT, parent, child], 'child', { besides: [leaf] })).toBe('an append chooses no branch')
  expect(append([ROOT, { ...parent, born: 4 }, child], 'child', { besides: [leaf] })).toBeUndefined()
})

// Seed 216058: one device had listed a conversation of a cloud that was restored to a day before it.
test('a record of which nothing is left and nothing is shown is no difference', async () => {
  const answers = {
    readOperations: { conversations: [{ conversationId: 'c', operations: [] }], next: null },
    loadMessages: { messages: [], leaf: null },
    getConversation: null,
  }
  const tab = {
    call: async (method: keyof typeof answers) => answers[method],
    session: () => null,
    name: 'd1.tab1',
  }
  const stage = { world: createWorld(1, false) } as Parameters<typeof holdingOf>[0]
  expect((await holdingOf(stage, tab as unknown as Tab)).view).toEqual({})
})
