import { expect, test } from 'vitest'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import { createEngine } from '../../../src/engine/engine.ts'
import type { Sync } from '../../../src/engine/sync/sync.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { aMessage, anEngine, someMessages, type TestEngine } from '../../builders/engine.ts'

const place = { projectId: 'p', conversationId: 'c' }

/** The same database under an engine that counts its drains. */
function withDrains(engine: TestEngine) {
  let drains = 0
  const sync = {
    drain: async () => {
      drains++
      return { dueAt: 1_000, settled: true }
    },
  } as unknown as Sync
  const { database, clock, locks } = engine
  return { engine: createEngine({ database, sync, clock, locks }), drains: () => drains }
}

test('a draft that cannot be recovered holds up neither the queue nor the other drafts', async () => {
  let isFull = false
  const storage = createMemoryStorage({
    onRequest({ kind, store }) {
      if (isFull && kind === 'delete' && store === 'drafts') {
        isFull = false
        throw new ChatkeepError('storage/quota', 'full')
      }
    },
  })
  const engine = await anEngine({ storage })
  for (const id of ['one', 'two']) {
    const message = { id, role: 'assistant', parts: [] }
    const conversationId = `c-${id}`
    await engine.checkpointDraft({ ...place, conversationId, attemptId: id, owner: 'page', message })
  }
  engine.clock.advance(20_000)
  isFull = true
  const { engine: draining, drains } = withDrains(engine)
  expect(await draining.wake('focus')).toMatchObject({ settled: true })
  expect(drains()).toBe(1)
  expect(await engine.database.read(['drafts'], (tx) => tx.count('drafts'))).toBe(1)
  await draining.wake('focus')
  expect(await engine.database.read(['drafts'], (tx) => tx.count('drafts'))).toBe(0)
})

test('a tail that cannot be folded does not hide when the queue is due, and is folded later', async () => {
  let isFull = false
  const storage = createMemoryStorage({
    onRequest({ kind, store }) {
      if (isFull && kind === 'put' && store === 'packs') throw new ChatkeepError('storage/quota', 'full')
    },
  })
  const engine = await anEngine({ storage })
  const messages = someMessages(150)
  await engine.appendMessages({ ...place, mutationId: engine.mutation(), messages })
  const { engine: draining } = withDrains(engine)
  isFull = true
  expect(await draining.wake('focus')).toEqual({ dueAt: 1_000, settled: true })
  isFull = false
  await draining.wake('focus')
  const record = await engine.database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
  expect(record).toMatchObject({ packedCount: 118, tailCount: 32 })
})

test('a long tail is folded whoever wrote it: a pull, an edit, an import', async () => {
  const writer = await anEngine()
  await writer.appendMessages({ ...place, mutationId: writer.mutation(), messages: someMessages(150) })
  const known = await writer.database.write('strict', (unit) => unit.knownOperations('c'))
  const reader = await anEngine({ seed: 2 })
  await reader.database.write('relaxed', (unit) => unit.applyOperations('p', known))
  const before = await reader.loadMessages({ conversationId: 'c', limit: 0 })
  const record = () => reader.database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
  await reader.wake('focus')
  expect(await record()).toMatchObject({ packedCount: 118, tailCount: 32 })
  const { messages } = await reader.loadMessages({ conversationId: 'c', limit: 0 })
  expect(messages).toEqual(before.messages)
  for (const { id } of messages.slice(0, 80)) {
    const message = aMessage(id, 'edited')
    await reader.editMessage({ conversationId: 'c', mutationId: reader.mutation(), message })
  }
  await reader.wake('focus')
  expect(await record()).toMatchObject({ packedCount: 118, tailCount: 32 })
})
