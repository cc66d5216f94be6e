import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChatStorage } from '../../server/storage/chat-storage.ts'
import { rowToJson } from '../../server/storage/log-row.ts'
import { openSqliteEngine } from '../../server/storage/sqlite-engine.ts'
import type { OperationId } from '../../src/domain/ids.ts'
import { applyPurge, applyToRegister, EMPTY_REGISTER, type RegisterState } from '../../src/domain/merge.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { histories, shuffled } from '../builders/operations.ts'

const registers = ['message:a', 'message:b', 'title', 'tag:work']
const project = { account: 'anna', projectId: 'p' }
type Storage = ReturnType<typeof createChatStorage>

async function shown(storage: Storage): Promise<readonly Operation[]> {
  const page = await storage.readDelta({ ...project, cursor: CURSOR_ZERO, limit: 1_000, maxBytes: 1e9 })
  return [...page.operations, ...page.purges].map((row) => JSON.parse(rowToJson(row)) as Operation)
}

/** Heads with their values, by register: what a device makes of what it is shown. */
function headsOf(operations: readonly Operation[]) {
  const purged = new Set<OperationId>()
  for (const one of operations) if (one.kind === 'purge') for (const id of one.names) purged.add(id)
  const isPurged = (id: OperationId) => purged.has(id)
  return registers.map((register) => {
    let state: RegisterState = EMPTY_REGISTER
    for (const one of operations) {
      if (one.kind !== 'purge' && one.register === register) state = applyToRegister(state, one, isPurged)
    }
    return applyPurge(state, isPurged)
  })
}

const seen = async (storage: Storage) => {
  const operations = await shown(storage)
  const list = { ...project, before: undefined, limit: 9, includesTrashed: true }
  const read = { account: 'anna', projectId: 'p', conversationId: 'c', cursor: undefined, before: undefined }
  const page = await storage.readConversation({ ...read, limit: 100, maxBytes: 1e9 })
  return {
    heads: headsOf(operations).map(({ heads }) => heads),
    graph: operations.map((one) => [one.id, one.kind === 'purge' ? one.names : one.overwrites]),
    list: (await storage.listConversations(list)).conversations,
    messages: page?.messages,
    etag: page?.etag,
    head: await storage.head(project),
  }
}

test('compaction on the server changes no state, at any time, and leaves no old version that was overwritten before it', async () => {
  await fc.assert(
    fc.asyncProperty(
      shuffled(histories({ registers, size: 20 })),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 }),
      fc.nat(9),
      async ([, operations], cuts, compactAt) => {
        const storage = createChatStorage(openSqliteEngine(':memory:'))
        const rest = [...operations]
        let now = 0
        for (const cut of [...cuts, operations.length]) {
          now += 1
          await storage.append({ ...project, cursor: CURSOR_ZERO, operations: rest.splice(0, cut), now })
          if (now !== compactAt) continue
          const before = await seen(storage)
          await storage.compact({ receivedBefore: now - 1 })
          expect(await seen(storage)).toEqual(before)
        }
        const before = await seen(storage)
        await storage.compact({ receivedBefore: now })
        expect(await seen(storage)).toEqual(before)
        const operationsLeft = await shown(storage)
        const heads = new Set(headsOf(operationsLeft).flatMap((state) => state.heads.map(({ id }) => id)))
        const values = operationsLeft.filter(({ kind }) => kind === 'set').map(({ id }) => id)
        expect(values.filter((id) => !heads.has(id))).toEqual([])
        expect(await storage.compact({ receivedBefore: now })).toBe(0)
        await storage.close()
      },
    ),
    { numRuns: 40 },
  )
})
