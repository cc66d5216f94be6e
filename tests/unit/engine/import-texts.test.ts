import { expect, test } from 'vitest'
import type { TextConversation } from '../../../src/domain/service/import.ts'
import { joinRuns } from '../../../src/domain/text-run.ts'
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

/** Some of the messages, as the client sends them. */
function asTexts(from = 0, until = messages.length): Pick<TextConversation, 'runs' | 'beside'> {
  const some = messages.slice(from, until)
  return {
    runs: joinRuns(some.map(({ message }) => JSON.stringify(message))),
    beside: some.map(({ message: _, ...beside }) => beside),
  }
}

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
    conversations: [{ ...head, ...asTexts() }],
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
      conversations: [{ id: 'c', ...asTexts(0, count) }],
    })
  expect(await importing(2)).toEqual({ imported: 1, messageCount: 2 })
  expect(await importing(4)).toEqual({ imported: 1, messageCount: 2 })
  expect(await importing(4)).toEqual({ imported: 1, messageCount: 0 })
})

test('a conversation that is listed twice in one call has the messages of both', async () => {
  const engine = await anEngine()
  const conversations = [0, 1].map((at) => ({ id: 'c', ...asTexts(at, at + 1) }))
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
    { id: 'good', runs: joinRuns(['{"id":"m","role":"user"}']) },
    { id: 'bad', runs: joinRuns([text]) },
  ]
  const refused = engine.importTexts({ mutationId: engine.mutation(), projectId: 'p', conversations })
  await expect(refused).rejects.toMatchObject({ code: 'input/invalid' })
  expect(await engine.getConversation({ conversationId: 'good' })).toBeNull()
})

const GOOD = '{"id":"m","role":"user"}'

test.each([
  ['a text that is a number', { runs: [{ text: 5, lengths: [1] }] }],
  ['an unknown key', { runs: [{ text: GOOD, lengths: [GOOD.length], html: '<b>' }] }],
  ['a length that is no length', { runs: [{ text: GOOD, lengths: [GOOD.length + 0.5] }] }],
  ['a text that is longer than was said', { runs: [{ text: `${GOOD} `, lengths: [GOOD.length] }] }],
  ['a text that is shorter than was said', { runs: [{ text: GOOD, lengths: [GOOD.length + 1] }] }],
  ['a status that there is not', { ...asTexts(0, 1), beside: [{ status: 'maybe' }] }],
  ['more beside messages than messages', { ...asTexts(0, 1), beside: [{}, {}] }],
  ['no list', { runs: 'text' }],
])('%s is refused, and nothing is written', async (_name, content) => {
  const engine = await anEngine()
  const conversations = [{ id: 'c', ...content }] as never
  const refused = engine.importTexts({ mutationId: engine.mutation(), projectId: 'p', conversations })
  await expect(refused).rejects.toMatchObject({ code: 'input/invalid' })
  expect(await engine.getConversation({ conversationId: 'c' })).toBeNull()
})

test('calls that come one right behind the other are each written, and one that fails takes no other with it', async () => {
  const engine = await anEngine()
  const importing = (id: string, runs = asTexts().runs) =>
    engine.importTexts({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversations: [{ id, runs }],
      relaxed: true,
    })
  const outcomes = await Promise.allSettled([
    importing('a'),
    importing('b'),
    importing('a'),
    importing('c', joinRuns([GOOD, GOOD])),
    importing('d'),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  for (const conversationId of ['a', 'b', 'd'])
    expect(await engine.getConversation({ conversationId })).toMatchObject({ messageCount: 4 })
  expect(await engine.getConversation({ conversationId: 'c' })).toBeNull()
})
