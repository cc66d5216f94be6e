import { expect, test } from 'vitest'
import { joinRuns } from '../../../src/domain/text-run.ts'
import { foldTail } from '../../../src/engine/fold.ts'
import { PACK_LIMITS } from '../../../src/engine/packs.ts'
import { aMessage, anEngine, type TestEngine } from '../../builders/engine.ts'

const NEWEST_PACK = PACK_LIMITS.newestPack

/** A conversation of so many messages, written whole. */
async function anImport(count: number): Promise<TestEngine> {
  const engine = await anEngine()
  const texts = Array.from({ length: count }, (_, index) => JSON.stringify(aMessage(`m${index}`).message))
  await engine.importTexts({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversations: [{ id: 'c', runs: joinRuns(texts) }],
  })
  return engine
}

const packSizes = (engine: TestEngine) =>
  engine.database.read(['packs'], async (tx) => {
    const packs = await tx.scan('packs', { range: { lower: ['c', 0], upper: ['c', []] } })
    return packs.map(({ count }) => count)
  })

test('of a history that is written whole the newest messages lie in a pack of their own', async () => {
  expect(await packSizes(await anImport(200))).toEqual([200 - NEWEST_PACK, NEWEST_PACK])
  expect(await packSizes(await anImport(NEWEST_PACK))).toEqual([NEWEST_PACK])
  expect(await packSizes(await anImport(NEWEST_PACK + 1))).toEqual([1, NEWEST_PACK])
})

test('the page that is asked for most crosses as that one pack, and there are older messages', async () => {
  const engine = await anImport(200)
  const page = await engine.readMessages({ conversationId: 'c' })
  expect(page).toMatchObject({ packs: [expect.any(String)], more: true })
  const { messages, older } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(Array.from({ length: 50 }, (_, index) => `m${150 + index}`))
  expect(older?.id).toBe('m150')
})

test('what is written later fills the newest pack up', async () => {
  const engine = await anImport(200)
  const appended = Array.from({ length: 100 }, (_, index) => aMessage(`n${index}`))
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: appended,
  })
  await engine.database.command('relaxed', (unit) => foldTail(unit, 'c'))
  expect(await packSizes(engine)).toEqual([140, NEWEST_PACK + 68])
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  expect(messages).toHaveLength(300)
})
