import { expect, test } from 'vitest'
import { DAY_MS, type RetentionPolicy } from '../../../src/domain/retention.ts'
import { aMessage, anEngine, type TestEngine } from '../../builders/engine.ts'

const SHELVES = ['pinned', 'open', 'archived', 'trashed'] as const
const on = (engine: TestEngine, conversationId: string) => ({ mutationId: engine.mutation(), conversationId })
const say = (engine: TestEngine, conversationId: string) =>
  engine.appendMessages({
    ...on(engine, conversationId),
    projectId: 'p',
    messages: [aMessage(conversationId)],
  })
const shelves = async (engine: TestEngine) => {
  const page = await engine.listConversations({ projectId: 'p', shelves: SHELVES, limit: 500 })
  return Object.fromEntries(
    page.conversations.map(({ id, trashed, archived, pinned }) => [
      id,
      trashed ? 'trashed' : archived ? 'archived' : pinned ? 'pinned' : 'open',
    ]),
  )
}
const automation = async (engine: TestEngine) => (await engine.status({})).automation
const follow = (engine: TestEngine) => engine.wake('visible')

/** Days go by, with a look at the app on each. */
async function live(engine: TestEngine, days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    engine.clock.advance(DAY_MS)
    await follow(engine)
  }
}

/** An engine without a cloud whose project has these rules. */
async function withRules(policy: RetentionPolicy, conversations: readonly string[] = ['c']) {
  const engine = await anEngine({ hasCloud: false })
  for (const id of conversations) await say(engine, id)
  await engine.setRetention({ projectId: 'p', policy })
  await follow(engine)
  return engine
}

test('without a rule nothing happens by itself, and nothing is said about it', async () => {
  const engine = await withRules({})
  await live(engine, 400)
  expect(await shelves(engine)).toEqual({ c: 'open' })
  expect(await automation(engine)).toBeUndefined()
})

test('archives what had no new message for so many days, and leaves alone what is pinned or newer', async () => {
  const engine = await withRules({ archiveAfterDays: 30 }, ['old', 'pinned', 'live'])
  await engine.setPinned({ ...on(engine, 'pinned'), value: true })
  await live(engine, 20)
  await engine.appendMessages({ ...on(engine, 'live'), projectId: 'p', messages: [aMessage('new')] })
  await live(engine, 9)
  expect(await shelves(engine)).toEqual({ old: 'open', pinned: 'pinned', live: 'open' })
  await live(engine, 1)
  expect(await shelves(engine)).toEqual({ old: 'archived', pinned: 'pinned', live: 'open' })
  expect(await automation(engine)).toMatchObject({ state: 'running', waitingCount: 0 })
})

test('what a person took out of the archive or the trash stays out for the whole period again', async () => {
  const engine = await withRules({ archiveAfterDays: 10 })
  await live(engine, 10)
  expect(await shelves(engine)).toEqual({ c: 'archived' })
  engine.clock.advance(1_000)
  await engine.setArchived({ ...on(engine, 'c'), value: false })
  await live(engine, 9)
  expect(await shelves(engine)).toEqual({ c: 'open' })
  await live(engine, 1)
  expect(await shelves(engine)).toEqual({ c: 'archived' })
})

test('trashes, and deletes for ever only after the whole period in the trash', async () => {
  const engine = await withRules({ trashAfterDays: 5, purgeAfterDays: 30 })
  await live(engine, 5)
  expect(await shelves(engine)).toEqual({ c: 'trashed' })
  await live(engine, 30)
  expect(await shelves(engine)).toEqual({ c: 'trashed' })
  await live(engine, 1)
  expect(await shelves(engine)).toEqual({})
  const left = await engine.database.read(['messages'], (tx) => tx.count('messages'))
  expect(left).toBe(0)
})

test('being trashed again starts the period anew', async () => {
  const engine = await withRules({ purgeAfterDays: 10 })
  await engine.trashConversation(on(engine, 'c'))
  await live(engine, 9)
  await engine.restoreConversation(on(engine, 'c'))
  await engine.trashConversation(on(engine, 'c'))
  await live(engine, 10)
  expect(await shelves(engine)).toEqual({ c: 'trashed' })
  await live(engine, 1)
  expect(await shelves(engine)).toEqual({})
})

test('a clock that jumps by more than two days suspends everything until a person confirms, also after a restart', async () => {
  const engine = await withRules({ archiveAfterDays: 30, purgeAfterDays: 10 }, ['kept', 'trashed'])
  await engine.trashConversation(on(engine, 'trashed'))
  await follow(engine)
  engine.clock.advance(3_650 * DAY_MS)
  await follow(engine)
  expect(await shelves(engine)).toEqual({ kept: 'open', trashed: 'trashed' })
  expect(await automation(engine)).toMatchObject({ state: 'suspended' })
  const restarted = await anEngine({ hasCloud: false, storage: engine.storage, clock: engine.clock, seed: 2 })
  await live(restarted, 20)
  expect(await shelves(restarted)).toEqual({ kept: 'open', trashed: 'trashed' })
  await restarted.confirmAutomation({})
  await follow(restarted)
  expect(await shelves(restarted)).toEqual({ kept: 'archived', trashed: 'trashed' })
  await live(restarted, 9)
  expect(await shelves(restarted)).toMatchObject({ trashed: 'trashed' })
  await live(restarted, 1)
  expect(await shelves(restarted)).toEqual({ kept: 'archived' })
})

test('a clock that was put back suspends it as well, and so does a clock that comes back from the future', async () => {
  const engine = await withRules({ purgeAfterDays: 1 })
  engine.clock.advance(-3 * DAY_MS)
  await follow(engine)
  expect(await automation(engine)).toMatchObject({ state: 'suspended' })
  engine.clock.advance(3 * DAY_MS)
  await follow(engine)
  expect(await automation(engine)).toMatchObject({ state: 'suspended' })
})

test('at most a tenth, and at most a hundred, go to the trash in a day without asking', async () => {
  for (const [count, expected] of [
    [5, 1],
    [60, 6],
    [1_150, 100],
  ] as const) {
    const ids = Array.from({ length: count }, (_, index) => `c${index}`)
    const engine = await anEngine({ hasCloud: false })
    await engine.importConversations({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversations: ids.map((id) => ({ id, messages: [aMessage(id)] })),
    })
    await follow(engine)
    engine.clock.advance(DAY_MS)
    await engine.setRetention({ projectId: 'p', policy: { trashAfterDays: 1 } })
    await follow(engine)
    engine.clock.advance(DAY_MS / 2)
    await follow(engine)
    const trashed = await engine.database.read(['conversations'], async (tx) =>
      (await tx.scan('conversations')).filter(({ shelf }) => shelf === 'trashed'),
    )
    expect(trashed).toHaveLength(expected)
    expect(await automation(engine)).toMatchObject({ state: 'asking', waitingCount: count - expected })
  }
})

test('the daily limit counts across restarts, begins again after 24 hours, and a person may allow the rest', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `c${index}`)
  const engine = await withRules({ trashAfterDays: 1 }, ids)
  const count = async (among: TestEngine) =>
    Object.values(await shelves(among)).filter((shelf) => shelf === 'trashed').length
  await live(engine, 1)
  expect(await count(engine)).toBe(2)
  const restarted = await anEngine({ hasCloud: false, storage: engine.storage, clock: engine.clock, seed: 2 })
  engine.clock.advance(DAY_MS - 2 * 60 * 60 * 1000)
  await follow(restarted)
  expect(await count(restarted)).toBe(2)
  engine.clock.advance(2 * 60 * 60 * 1000)
  await follow(restarted)
  expect(await count(restarted)).toBe(4)
  await restarted.confirmAutomation({})
  expect(await count(restarted)).toBe(20)
  expect(await automation(restarted)).toMatchObject({ state: 'running', waitingCount: 0 })
})

test('a conversation in which an answer grows is left alone', async () => {
  const engine = await withRules({ archiveAfterDays: 1 })
  await live(engine, 0)
  engine.clock.advance(DAY_MS)
  await engine.saveComposer({ projectId: 'p', conversationId: 'c', text: 'half a thought' })
  await follow(engine)
  expect(await shelves(engine)).toEqual({ c: 'open' })
})
