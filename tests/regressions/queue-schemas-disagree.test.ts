import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { createChatkeepServer } from '../../server/create-server.ts'
import { openStorage } from '../../server/storage/open-storage.ts'
import {
  API_BASE,
  conversationAnswerSchema,
  deltaSchema,
  listAnswerSchema,
  postAnswerSchema,
  postBodySchema,
} from '../../src/domain/wire.ts'
import type { NetworkRequest } from '../../src/ports/network.ts'
import { aMessage } from '../builders/engine.ts'
import { aPair } from '../unit/engine/sync/a-device.ts'

// LeanSpec's client and server disagreed on how an event was encoded, because no schema was shared between them.

const server = createChatkeepServer({
  storage: await openStorage('sqlite::memory:'),
  authenticate: () => ({ accountId: 'anna' }),
})
afterAll(() => server.close())

test('what a client posts, a server answers and another client reads is one schema, byte for byte', async () => {
  const exchanged: { readonly request: NetworkRequest; readonly body: string }[] = []
  const cloud = {
    async request(request: NetworkRequest) {
      const { method, headers, path, body } = request
      const init = { method, headers: { ...headers }, ...(body === undefined ? {} : { body }) }
      const response = await server.app.request(`http://cloud.test${API_BASE}${path}`, init)
      const text = await response.text()
      exchanged.push({ request, body: text })
      return { status: response.status, headers: Object.fromEntries(response.headers), body: text }
    },
  }
  const first = await aPair(cloud, { name: 'first' })
  const { device } = first
  const base = { projectId: 'p', conversationId: 'c' }
  const messages = [
    aMessage('a', 'gewöhnlich'),
    aMessage('b', '漢字 🚀 \u0000 "quoted" \\ back', 'assistant'),
  ]
  await device.service.appendMessages({ mutationId: device.mutation(), ...base, messages })
  await device.service.renameConversation({
    mutationId: device.mutation(),
    conversationId: 'c',
    title: 'Ünïcode',
  })
  await device.service.setTag({
    mutationId: device.mutation(),
    conversationId: 'c',
    tag: 'täg/slash',
    present: true,
  })
  await device.service.setArchived({ mutationId: device.mutation(), conversationId: 'c', value: true })
  await device.service.removeMessage({ mutationId: device.mutation(), conversationId: 'c', messageId: 'a' })
  await device.drain('save')
  const second = await aPair(cloud, { name: 'second', seed: 2 })
  await second.device.drain('start')

  const posts = exchanged.filter(({ request }) => request.method === 'POST')
  const pulls = exchanged.filter(({ request }) => request.path.startsWith('/conversations?'))
  for (const { request, body } of posts) {
    expect(v.parse(postBodySchema, JSON.parse(request.body ?? ''))).toEqual(JSON.parse(request.body ?? ''))
    expect(v.is(postAnswerSchema, JSON.parse(body))).toBe(true)
  }
  const posted = posts.flatMap(({ request }) =>
    v
      .parse(postBodySchema, JSON.parse(request.body ?? ''))
      .conversations.flatMap(({ operations }) => operations),
  )
  const shown = pulls.filter(({ request }) => request.path.includes('cursor='))
  for (const { body } of shown) expect(v.is(deltaSchema, JSON.parse(body))).toBe(true)
  const listed = exchanged.filter(({ request }) => request.path.includes('trashed=include'))
  expect(listed.map(({ body }) => v.is(listAnswerSchema, JSON.parse(body)))).toEqual([true])
  const fetched = exchanged.filter(({ request }) => request.path.startsWith('/conversations/c?'))
  const pulled = fetched.flatMap(({ body }) => v.parse(conversationAnswerSchema, JSON.parse(body)).operations)
  expect(pulled).toEqual(posted)
  const read = async (conversation: typeof device) =>
    conversation.service.getConversation({ conversationId: 'c' })
  expect(await read(second.device)).toMatchObject({ ...(await read(device)), revision: expect.any(Number) })
})
