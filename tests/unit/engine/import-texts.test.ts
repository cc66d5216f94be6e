import { expect, test } from 'vitest'
import { anEngine } from '../../builders/engine.ts'

const messages = [
  { message: { id: 'q', role: 'user', parts: [{ type: 'text', text: 'Where do tides come from? 潮 👋' }] } },
  { message: { id: 'a', role: 'assistant', parts: [{ type: 'text', text: 'The moon.' }] }, createdAt: 5 },
  {
    message: { id: 'b', role: 'assistant', content: 'The sun, too.', extra: { nested: [1, null, '"'] } },
    parentId: 'q',
    status: 'error' as const,
  },
  { message: { id: 'file', role: 'user', url: `data:text/plain,${'x'.repeat(70_000)}` } },
]
const asTexts = messages.map(({ message, ...beside }) => ({ ...beside, text: JSON.stringify(message) }))

test('texts are imported like the messages that they are, and come back deep-equal', async () => {
  const [one, other] = [await anEngine(), await anEngine()]
  const head = { id: 'c', title: 'Tides', tags: ['sea'], archived: true }
  await one.importConversations({
    mutationId: one.mutation(),
    projectId: 'p',
    conversations: [{ ...head, messages }],
  })
  await other.importTexts({
    mutationId: other.mutation(),
    projectId: 'p',
    conversations: [{ ...head, messages: asTexts }],
    relaxed: true,
  })
  for (const leafId of ['a', 'file']) {
    const query = { conversationId: 'c', limit: 0, leafId }
    expect((await other.loadMessages(query)).messages).toEqual((await one.loadMessages(query)).messages)
  }
  const { messages: shown } = await other.loadMessages({ conversationId: 'c', limit: 0 })
  expect(shown.map(({ message }) => message)).toEqual(
    [messages[0], messages[2], messages[3]].map((m) => m?.message),
  )
  expect(await other.getConversation({ conversationId: 'c' })).toMatchObject({
    title: 'Tides',
    archived: true,
    messageCount: 4,
  })
})

test('importing again adds only what is missing', async () => {
  const engine = await anEngine()
  const importing = (count: number) =>
    engine.importTexts({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversations: [{ id: 'c', messages: asTexts.slice(0, count) }],
    })
  expect(await importing(2)).toEqual({ imported: 1, messageCount: 2 })
  expect(await importing(4)).toEqual({ imported: 1, messageCount: 2 })
  expect(await importing(4)).toEqual({ imported: 1, messageCount: 0 })
})

test('a conversation that is listed twice in one call has the messages of both', async () => {
  const engine = await anEngine()
  const conversations = asTexts.slice(0, 2).map((text) => ({ id: 'c', messages: [text] }))
  await engine.importTexts({ mutationId: engine.mutation(), projectId: 'p', conversations })
  expect(await engine.getConversation({ conversationId: 'c' })).toMatchObject({ messageCount: 2 })
})

test.each([
  ['no JSON', '{"id":'],
  ['no object', '"text"'],
  ['a list', '[{"id":"m","role":"user"}]'],
  ['no id', '{"role":"user"}'],
  ['no role', '{"id":"m"}'],
  ['the key __proto__', '{"id":"m","role":"user","__proto__":{"polluted":true}}'],
  ['deep nesting', `{"id":"m","role":"user","deep":${'['.repeat(200)}${']'.repeat(200)}}`],
])('a text that is %s is refused, and nothing of the call is written', async (_name, text) => {
  const engine = await anEngine()
  const conversations = [
    { id: 'good', messages: [{ text: '{"id":"m","role":"user"}' }] },
    { id: 'bad', messages: [{ text }] },
  ]
  const refused = engine.importTexts({ mutationId: engine.mutation(), projectId: 'p', conversations })
  await expect(refused).rejects.toMatchObject({ code: 'input/invalid' })
  expect(await engine.getConversation({ conversationId: 'good' })).toBeNull()
})

test.each([
  ['a text that is a number', [{ text: 5 }]],
  ['an unknown key', [{ text: '{"id":"m","role":"user"}', html: '<b>' }]],
  ['a status that there is not', [{ text: '{"id":"m","role":"user"}', status: 'maybe' }]],
  ['no list', 'text'],
])('%s is refused', async (_name, list) => {
  const engine = await anEngine()
  const conversations = [{ id: 'c', messages: list }] as never
  const refused = engine.importTexts({ mutationId: engine.mutation(), projectId: 'p', conversations })
  await expect(refused).rejects.toMatchObject({ code: 'input/invalid' })
})
