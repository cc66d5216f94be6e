import { expect, test } from 'vitest'
import type { ConversationRecord } from '../../../src/ports/records/conversation.ts'
import type { PackRecord } from '../../../src/ports/records/pack.ts'
import { damage, longMessages, packsOf } from '../../builders/damage.ts'
import { aMessage, anEngine } from '../../builders/engine.ts'

const ids = (messages: readonly { readonly id: string }[]) => messages.map(({ id }) => id)
const range = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => `m${from + index}`)

/** 200 messages in packs, but for the last 32. */
async function anEngineWithPacks(options: Parameters<typeof anEngine>[0] = {}) {
  const engine = await anEngine({ hasCloud: false, ...options })
  const { database } = engine
  const append = (conversationId: string, messages = longMessages(200)) =>
    engine.appendMessages({ mutationId: engine.mutation(), projectId: 'p', conversationId, messages })
  await append('c')
  await engine.wake('start')
  const packs = await packsOf(database, 'c')
  expect(packs.length).toBeGreaterThan(2)
  const pack = (at: number): PackRecord => packs.at(at) as PackRecord
  const load = (query: object = {}) => engine.loadMessages({ conversationId: 'c', ...query })
  const record = () => database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
  return { engine, database, append, packs, pack, load, record }
}

const countBefore = (packs: readonly PackRecord[], at: number) =>
  packs.slice(0, at).reduce((sum, { count }) => sum + count, 0)

const DAMAGES: readonly (readonly [string, (pack: PackRecord) => Record<string, unknown>])[] = [
  ['cut', ({ text }) => ({ text: text.slice(0, text.length / 2) })],
  ['of another type', () => ({ text: 7 })],
  ['other bytes', ({ text }) => ({ text: text.replaceAll('"', '\u0007') })],
  ['empty', () => ({ text: '' })],
  ['another list', () => ({ text: '[["a",1],{}]', count: 2 })],
]

test.each(DAMAGES)(
  'reads what is newer than a pack that is %s, and says what happened to the rest',
  async (_, how) => {
    const { database, packs, pack, load, record, engine } = await anEngineWithPacks()
    const lost = countBefore(packs, 1)
    const lostUntil = countBefore(packs, 2)
    await damage(database, 'packs', pack(1), how(pack(1)))

    const newest = await load({ limit: 50 })
    expect(ids(newest.messages)).toEqual(range(150, 200))

    const page = await load({ limit: 200 })
    expect(ids(page.messages)).toEqual(range(lostUntil, 200))
    expect(page).toMatchObject({
      damaged: { messageCount: lostUntil - lost },
      older: { id: `m${lostUntil}` },
    })
    const error = await load({ before: page.older }).catch((refused: unknown) => refused)
    expect(error).toMatchObject({
      code: 'storage/corrupt',
      details: { conversationId: 'c', messageCount: lostUntil - lost, before: { id: `m${lost}` } },
    })
    const { before } = (error as { details: { before: { id: string; born: number } } }).details
    expect(ids((await load({ before, limit: 500 })).messages)).toEqual(range(0, lost))

    expect(ids((await load({ limit: 0 })).messages)).toEqual([...range(0, lost), ...range(lostUntil, 200)])
    expect(await record()).toMatchObject({ messageCount: 200, title: expect.stringContaining('m0') })
    const { conversations } = await engine.listConversations({ projectId: 'p' })
    expect(conversations).toMatchObject([{ damaged: { messageCount: lostUntil - lost } }])
  },
)

test('goes on writing in a conversation of which a pack is damaged, and folds what is newer', async () => {
  const { engine, database, packs, pack, load } = await anEngineWithPacks()
  const last = packs.length - 1
  await damage(database, 'packs', pack(last), { text: '[' })
  const again = longMessages(150, 'n')
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: again,
  })
  await engine.editMessage({
    mutationId: engine.mutation(),
    conversationId: 'c',
    message: aMessage('m3', 'reworded'),
  })
  await engine.setTag({ mutationId: engine.mutation(), conversationId: 'c', tag: 't', present: true })
  await expect(
    load({ before: { id: `m${200 - 32}`, born: (await load({ limit: 182 })).older?.born ?? 0 } }),
  ).rejects.toMatchObject({ code: 'storage/corrupt' })
  await engine.wake('start')
  expect((await packsOf(database, 'c')).length).toBeGreaterThan(packs.length)
  const all = await load({ limit: 0 })
  const lost = countBefore(packs, last)
  expect(ids(all.messages)).toEqual([
    ...range(0, lost),
    ...range(200 - 32, 200),
    ...ids(again.map(({ message }) => message)),
  ])
  expect(JSON.stringify(all.messages[3])).toContain('reworded')
})

test('keeps what is left of a damaged pack where no cloud has its messages, until the conversation is deleted for ever', async () => {
  const { engine, database, pack, load, append } = await anEngineWithPacks()
  await append('other', longMessages(3, 'o'))
  await damage(database, 'packs', pack(0), { text: 'the secret [' })
  await load({ limit: 0 })
  expect(JSON.stringify(await packsOf(database, 'c'))).toContain('the secret')
  const act = { mutationId: engine.mutation(), conversationId: 'c' }
  await engine.purgeConversation(act)
  expect(JSON.stringify(await packsOf(database, 'c'))).not.toContain('the secret')
  expect((await engine.listConversations({ projectId: 'p' })).conversations.map(({ id }) => id)).toEqual([
    'other',
  ])
})

test('a command that nothing can be written for says so and leaves the rest', async () => {
  const { engine, database, packs, pack, load } = await anEngineWithPacks()
  await damage(database, 'packs', pack(0), { text: '' })
  const act = () => ({ mutationId: engine.mutation(), conversationId: 'c' })
  await expect(engine.editMessage({ ...act(), message: aMessage('m0', 'again') })).rejects.toMatchObject({
    code: 'storage/corrupt',
  })
  await engine.trashConversation(act())
  await engine.restoreConversation(act())
  const lost = countBefore(packs, 1)
  expect(ids((await load({ limit: 0 })).messages)).toEqual(range(lost, 200))
})

test('an index of packs that is damaged is made anew', async () => {
  const { engine, database, load, record } = await anEngineWithPacks()
  const before = await load({ limit: 0 })
  const index = await database.read(['packs'], (tx) => tx.get('packs', ['c', -1, '']))
  const restarted = await anEngine({ hasCloud: false, storage: engine.storage, seed: 2 })
  await damage(database, 'packs', index, { text: '{' })
  await restarted.appendMessages({
    mutationId: restarted.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [aMessage('new')],
  })
  const after = await restarted.loadMessages({ conversationId: 'c', limit: 0 })
  expect(ids(after.messages)).toEqual([...ids(before.messages), 'new'])
  expect((await record())?.damaged).toBeUndefined()
})

test('a damaged message outside of packs costs that message, and an older version does not come back in its place', async () => {
  const { engine, database, load } = await anEngineWithPacks()
  const edited = { mutationId: engine.mutation(), conversationId: 'c', message: aMessage('m5', 'reworded') }
  await engine.editMessage(edited)
  const tail = await database.read(['messages'], (tx) => tx.scan('messages'))
  for (const id of ['m5', 'm190']) {
    await damage(
      database,
      'messages',
      tail.find((record) => record.id === id),
      { heads: 'gone' },
    )
  }
  const all = await load({ limit: 0 })
  expect(all.damaged).toEqual({ messageCount: 2 })
  expect(ids(all.messages)).toEqual(range(0, 200).filter((id) => id !== 'm5' && id !== 'm190'))
  expect(ids((await load({ limit: 5 })).messages)).toEqual(range(195, 200))
})

test('a conversation record that is damaged is derived anew and holds up no other', async () => {
  const { engine, database, load, record, append } = await anEngineWithPacks()
  await append('other', longMessages(3, 'o'))
  await engine.renameConversation({ mutationId: engine.mutation(), conversationId: 'c', title: 'A name' })
  const before = (await record()) as ConversationRecord
  const { titleFrom: _, newest: __, ...cut } = before
  const damaged = { ...cut, registers: 3, tags: null } as unknown as ConversationRecord
  await database.storage.write(['conversations'], 'relaxed', (tx) => tx.put('conversations', damaged))
  const restarted = await anEngine({ hasCloud: false, storage: engine.storage, seed: 2 })
  expect((await restarted.listConversations({ projectId: 'p' })).conversations).toMatchObject([
    { id: 'other' },
    { id: 'c', title: 'A name', tags: [] },
  ])
  const act = { mutationId: restarted.mutation(), projectId: 'p', conversationId: 'c' }
  await restarted.appendMessages({ ...act, messages: [aMessage('new')] })
  const after = await record()
  expect(after).toMatchObject({ messageCount: 201, linear: true, leafId: 'new', createdAt: before.createdAt })
  expect(after?.title).toContain('m0')
  expect(ids((await load({ limit: 0 })).messages)).toEqual([...range(0, 200), 'new'])
})
