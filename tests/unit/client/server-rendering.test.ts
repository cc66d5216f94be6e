import { expect, test } from 'vitest'
import { register } from '../../../src/index.ts'

// Runs in Node, as a server that renders the app does.

test('while rendering on a server register answers a client in memory, and says so', async () => {
  const client = await register({ projectId: 'docs', cloud: { url: '/api/v1/chat' } })
  expect(client.status).toMatchObject({
    rung: 'memory',
    degraded: { code: 'worker/unavailable', remedy: expect.stringMatching(/runs in a browser/) },
    accountId: null,
  })
  expect(await client.listConversations()).toEqual({ conversations: [], next: null })
  expect(await client.latestConversation()).toBeNull()
  await client.close()
})

test('what one request writes no other request sees', async () => {
  const [one, two] = await Promise.all([register(), register()])
  await one.appendMessages('c1', [{ id: 'm1', role: 'user', content: 'secret' }])
  expect((await one.loadMessages('c1')).messages).toHaveLength(1)
  expect(await two.getConversation('c1')).toBeNull()
  await Promise.all([one.close(), two.close()])
})
