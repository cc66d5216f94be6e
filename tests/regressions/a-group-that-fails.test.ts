import { expect, test } from 'vitest'
import { openDatabase } from '../../src/engine/open-database.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aClock, aMessage, anEngine, anEventBus, aRandom, nodeHashing } from '../builders/engine.ts'

test('saves that were grouped with one that failed are still synced: their project is known', async () => {
  const engine = await anEngine()
  const append = (id: string) =>
    engine.appendMessages({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversationId: id,
      messages: [aMessage('m')],
    })
  const rename = () =>
    engine.renameConversation({ mutationId: engine.mutation(), conversationId: 'nowhere', title: 'x' })
  const results = await Promise.allSettled([append('first'), append('a'), append('b'), rename()])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  expect(await engine.database.read(['sync_metadata'], (tx) => tx.get('sync_metadata', 's:p'))).toBeDefined()
})

test('saves whose first commit failed are still synced', async () => {
  let commits = 0
  const storage = createMemoryStorage({
    onCommit({ stores }) {
      if (stores.includes('outbox') && ++commits === 2) throw new Error('lost')
    },
  })
  const engine = await anEngine({ storage })
  const append = (conversationId: string) =>
    engine.appendMessages({
      mutationId: engine.mutation(),
      projectId: conversationId,
      conversationId,
      messages: [aMessage('m')],
    })
  await Promise.all([append('first'), append('same'), append('other'), append('same')])
  const spaces = await engine.database.read(['sync_metadata'], (tx) => tx.scan('sync_metadata'))
  expect(spaces.map(({ key }) => key)).toEqual(['s:first', 's:other', 's:same'])
})

test('a listener that throws makes nobody believe that a save was not written, and nothing is written twice', async () => {
  const storage = createMemoryStorage()
  const events = anEventBus()
  const database = await openDatabase({
    storage: await storage.open('test'),
    clock: aClock(),
    random: aRandom(),
    hashing: nodeHashing,
    events: {
      ...events,
      publish: () => {
        throw new Error('the channel is closed')
      },
    },
    hasCloud: () => true,
  })
  let runs = 0
  const write = (id: string) =>
    database.command('strict', async (unit) => {
      runs++
      const state = await unit.conversation(id, 'p')
      state.changed = true
      await unit.enqueue(state, 'mutation-1' as never)
      return id
    })
  expect(await Promise.all([write('a'), write('b'), write('c')])).toEqual(['a', 'b', 'c'])
  expect(runs).toBe(3)
})
