import { expect, test } from 'vitest'
import { type ChatkeepServerOptions, createChatkeepServer } from '../../../server/create-server.ts'
import { openStorage } from '../../../server/storage/open-storage.ts'
import { aServer } from './builders.ts'

test.each([
  ['a number', { accountId: 7 }],
  ['an empty text', { accountId: '' }],
  ['what is longer than 200 characters', { accountId: 'x'.repeat(201) }],
  ['a user of its own', { id: 'ada' }],
  ['a text', 'ada'],
  ['false', false],
])('an app whose authenticate answers %s is told what it has to answer', async (_, answer) => {
  const { ask } = await aServer({ authenticate: () => answer as never })
  for (const path of ['/limits', '/session', '/conversations?projectId=p', '/events']) {
    const response = await ask('7', 'GET', path)
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({
      code: 'sync/server-error',
      detail: expect.stringMatching(/^authenticate of this server has to answer null, or an accountId/),
    })
  }
})

test('nobody is signed in where authenticate answers nothing', async () => {
  const { ask } = await aServer({ authenticate: () => undefined as never })
  expect((await ask('7', 'GET', '/limits')).status).toBe(401)
})

test.each([
  {},
  { storage: undefined, authenticate: () => null },
  { storage: openStorage('sqlite::memory:') }, // not awaited
])('a cloud without storage or authenticate is not made', (options) => {
  expect(() => createChatkeepServer(options as never as ChatkeepServerOptions)).toThrow(
    expect.objectContaining({ code: 'server/option-missing' }),
  )
})

test.each([undefined, 7, '', 'mysql://user:secret@host/db', './chats.sqlite'])(
  'a database named %s is refused with a code, and the name is not repeated',
  async (url) => {
    const refusal = await openStorage(url as never).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'server/database-url' })
    expect(String(refusal)).not.toContain('secret')
  },
)
