import { expect, test } from 'vitest'
import { createLocalLocks } from '../../../src/browser/locks.ts'
import { type MigrationParts, migrateLegacy } from '../../../src/client/legacy/migrate-legacy.ts'
import { createSha256Hashing } from '../../../src/hashing/sha256.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { answer, HISTORIES, user, withTools } from './legacy-samples.ts'
import { createFakeLocalStorage, createMemoryEngine } from './memory-engine.ts'

const HISTORY = 'leanspec-chat-history'

async function createMigration(
  entries: Record<string, unknown>,
  more: Partial<MigrationParts> = {},
  room = Infinity,
) {
  const texts = Object.entries(entries).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  const storage = createFakeLocalStorage(Object.fromEntries(texts), room)
  const engine = await createMemoryEngine()
  const parts: MigrationParts = {
    storage,
    call: engine.call,
    locks: createLocalLocks(),
    hashing: createSha256Hashing(),
    now: engine.clock.now,
    projectId: 'docs',
    isDurable: true,
    ...more,
  }
  const read = async () => {
    const { conversations } = await engine.call('listConversations', { projectId: 'docs' })
    const byId: Record<string, unknown[]> = {}
    for (const { id } of conversations) {
      const { messages } = await engine.call('loadMessages', { conversationId: id, limit: 0 })
      byId[id] = messages.map(({ message }) => message)
    }
    return byId
  }
  return { storage, parts, engine, read, run: () => migrateLegacy(parts) }
}

test.each(Object.entries(HISTORIES))(
  'imports "%s", keeps a copy and removes the key',
  async (_name, messages) => {
    const { run, read, storage } = await createMigration({ [HISTORY]: messages })
    const report = await run()
    expect(report).toMatchObject({
      state: 'done',
      importedConversations: 1,
      importedMessages: messages.length,
      problems: [],
    })
    expect(Object.values(await read())).toEqual([messages])
    expect(storage.getItem(HISTORY)).toBeNull()
    expect(report.backups.map((name) => storage.getItem(name))).toEqual([JSON.stringify(messages)])
  },
)

test('imports both layouts into the current project', async () => {
  const { run, read, storage } = await createMigration({
    [HISTORY]: [user('old', 'before threads')],
    'leanspec-chat-threads': [{ id: 't1', title: 'Specs', createdAt: '2026-02-01T10:00:00.000Z' }],
    'leanspec-chat-messages-t1': [user('u1', 'hi'), withTools],
    'leanspec-chat-messages-lost': [answer('a1', 'no thread')],
    'another-app': 'stays',
  })
  expect(await run()).toMatchObject({ state: 'done', importedConversations: 3, importedMessages: 4 })
  expect(await read()).toEqual({
    t1: [user('u1', 'hi'), withTools],
    lost: [answer('a1', 'no thread')],
    'leanspec-old': [user('old', 'before threads')],
  })
  const left = Object.keys(storage).filter((key) => !key.startsWith('chatkeep-backup:'))
  expect(left).toEqual(['another-app'])
})

test('running it again changes nothing, also when the key is still there', async () => {
  const { run, read, storage, engine } = await createMigration({
    [HISTORY]: [user('u1', 'hi'), answer('a1', 'hello')],
  })
  await run()
  const before = await engine.call('getConversation', { conversationId: 'leanspec-u1' })
  storage.setItem(HISTORY, JSON.stringify([user('u1', 'hi'), answer('a1', 'hello')]))
  await engine.clock.advance(48 * 3_600_000)
  expect(await run()).toMatchObject({ state: 'done' })
  expect(await engine.call('getConversation', { conversationId: 'leanspec-u1' })).toEqual(before)
  expect(Object.keys(await read())).toHaveLength(1)
  expect(await run()).toMatchObject({ state: 'nothing-to-do' })
})

test('what an old tab wrote after the import is added to the same conversation', async () => {
  const { run, read, storage } = await createMigration({ [HISTORY]: [user('u1', 'hi')] })
  await run()
  storage.setItem(HISTORY, JSON.stringify([user('u1', 'hi'), user('u2', 'more')]))
  await run()
  expect(await read()).toEqual({ 'leanspec-u1': [user('u1', 'hi'), user('u2', 'more')] })
})

test('a title that was changed since stays changed when it runs again', async () => {
  const entries = {
    'leanspec-chat-threads': [{ id: 't1', title: 'Old name' }],
    'leanspec-chat-messages-t1': [user('u1', 'hi')],
  }
  const { run, storage, engine } = await createMigration(entries)
  await run()
  await engine.call('renameConversation', {
    mutationId: 'rename-1' as never,
    conversationId: 't1',
    title: 'New name',
  })
  for (const [key, value] of Object.entries(entries)) storage.setItem(key, JSON.stringify(value))
  await run()
  expect(await engine.call('getConversation', { conversationId: 't1' })).toMatchObject({ title: 'New name' })
})

test('two tabs at once leave one copy of everything', async () => {
  const shared = createMemoryStorage()
  const [one, two] = [await createMemoryEngine(shared), await createMemoryEngine(shared)]
  const messages = HISTORIES['tools and several steps']
  const { parts, storage } = await createMigration({ [HISTORY]: messages })
  // No lock holds between them, as on an insecure origin.
  const reports = await Promise.all(
    [one, two].map(({ call }) => migrateLegacy({ ...parts, call, locks: createLocalLocks() })),
  )
  for (const { problems } of reports) expect(problems).toEqual([])
  const { conversations } = await one.call('listConversations', { projectId: 'docs' })
  expect(conversations).toMatchObject([{ messageCount: messages.length }])
  expect(storage.getItem(HISTORY)).toBeNull()
})

test.each(['null', '{}', '[{"id":"a","role":"us'])(
  'the broken text %j stays where it is and is reported',
  async (text) => {
    const { run, read, storage } = await createMigration({ [HISTORY]: text })
    expect(await run()).toMatchObject({
      state: 'failed',
      problems: [{ key: HISTORY, error: { code: 'migration/unreadable' } }],
    })
    expect(storage.getItem(HISTORY)).toBe(text)
    expect(await read()).toEqual({})
  },
)

test('a list with broken entries is imported as far as it goes and stays', async () => {
  const { run, read, storage } = await createMigration({ [HISTORY]: [user('u1', 'hi'), null] })
  expect(await run()).toMatchObject({ state: 'partly', importedMessages: 1 })
  expect(await read()).toEqual({ 'leanspec-u1': [user('u1', 'hi')] })
  expect(storage.getItem(HISTORY)).not.toBeNull()
})

test('an empty history is removed and nothing is imported', async () => {
  const { run, read, storage } = await createMigration({ [HISTORY]: '[]' })
  expect(await run()).toMatchObject({ state: 'done', importedConversations: 0 })
  expect(await read()).toEqual({})
  expect(storage.getItem(HISTORY)).toBeNull()
})

test('with no old data there is nothing to do', async () => {
  const { run, storage } = await createMigration({ 'another-app': 'x' })
  expect(await run()).toEqual({
    state: 'nothing-to-do',
    importedConversations: 0,
    importedMessages: 0,
    backups: [],
    problems: [],
  })
  expect(Object.keys(storage)).toEqual(['another-app'])
})

test('the copy goes into the database when localStorage has no room for it', async () => {
  const messages = [user('u1', 'x'.repeat(1_000))]
  const { run, read, storage, engine } = await createMigration({ [HISTORY]: messages }, {}, 1_500)
  const report = await run()
  expect(report).toMatchObject({ state: 'done', backups: [expect.stringMatching(/^setting:/)] })
  const name = report.backups[0]?.slice('setting:'.length) ?? ''
  expect((await engine.call('getSetting', { name })).value).toMatchObject({ text: JSON.stringify(messages) })
  expect(await read()).toEqual({ 'leanspec-u1': messages })
  expect(storage.getItem(HISTORY)).toBeNull()
})

test('the key stays when what was written does not read back', async () => {
  const { parts, storage } = await createMigration({ [HISTORY]: [user('u1', 'hi')] })
  const call: MigrationParts['call'] = async (method, argument) => {
    const answer = await parts.call(method, argument)
    return (method === 'loadMessages' ? { ...(answer as object), messages: [] } : answer) as never
  }
  expect(await migrateLegacy({ ...parts, call })).toMatchObject({
    problems: [{ key: HISTORY, error: { code: 'storage/corrupt' } }],
  })
  expect(storage.getItem(HISTORY)).not.toBeNull()
})

test('on a store that does not outlive the page the old keys stay', async () => {
  const { run, read, storage } = await createMigration(
    { [HISTORY]: [user('u1', 'hi')] },
    { isDurable: false },
  )
  expect(await run()).toMatchObject({ state: 'done', importedMessages: 1 })
  expect(Object.keys(await read())).toHaveLength(1)
  expect(storage.getItem(HISTORY)).not.toBeNull()
})

test('what the old app writes while the import runs is not removed', async () => {
  const { parts, storage } = await createMigration({ [HISTORY]: [user('u1', 'hi')] })
  const newer = JSON.stringify([user('u1', 'hi'), user('u2', 'meanwhile')])
  const call: MigrationParts['call'] = (method, argument) => {
    if (method === 'loadMessages') storage.setItem(HISTORY, newer)
    return parts.call(method, argument)
  }
  await migrateLegacy({ ...parts, call })
  expect(storage.getItem(HISTORY)).toBe(newer)
})
