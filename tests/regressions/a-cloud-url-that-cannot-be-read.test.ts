// @vitest-environment happy-dom
// `register` says that it never throws. It did for a URL of which nothing can be made, and the app had no chats at all.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type ChatkeepClient, register } from '../../src/index.ts'

const clients: ChatkeepClient[] = []

beforeEach(() => {
  document.head.innerHTML = '<base href="https://app.example/">'
})
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
  vi.restoreAllMocks()
})

async function registerWith(url: string): Promise<ChatkeepClient> {
  const client = await register({ cloud: { url }, worker: false })
  clients.push(client)
  return client
}

test.each(['http://', 'https://[', 'localhost:3000/api/v1/chat', 'javascript:alert(1)'])(
  'with the cloud URL %s chats are kept on this device, and the status says what is wrong',
  async (url) => {
    const client = await registerWith(url)
    const wrong = {
      state: 'error',
      lastError: { code: 'input/invalid', message: expect.stringContaining(url), remedy: expect.any(String) },
    }
    expect(client.status.sync).toMatchObject(wrong)
    expect(client.status.sync.lastError?.remedy).toContain('cloud.url')

    await client.appendMessages('c1', [{ id: 'm1', role: 'user', content: 'hello' }])
    expect((await client.loadMessages('c1')).messages).toHaveLength(1)
    await client.syncSettings()
    expect(client.status.sync).toMatchObject(wrong)
  },
)

test('a cloud URL that can be read, and none at all, is no error', async () => {
  expect((await registerWith('/api/v1/chat')).status.sync.lastError).toBeNull()
  const client = await register({ worker: false, database: 'local' })
  clients.push(client)
  expect(client.status.sync).toMatchObject({ state: 'off', lastError: null })
})
