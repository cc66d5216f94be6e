import { expect, test } from 'vitest'
import { parseLegacy } from '../../../src/client/legacy/parse-legacy.ts'
import { answer, HISTORIES, user } from './legacy-samples.ts'

const SAVED_AT = 1_700_000_000_000
const parse = (entries: Record<string, unknown>) =>
  parseLegacy(
    new Map(
      Object.entries(entries).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
    () => SAVED_AT,
  )
const HISTORY = 'leanspec-chat-history'
const THREADS = 'leanspec-chat-threads'
const thread = (id: string, more = {}) => ({
  id,
  title: `Thread ${id}`,
  createdAt: '2026-02-01T10:00:00.000Z',
  updatedAt: '2026-02-02T10:00:00.000Z',
  model: { providerId: 'openai', modelId: 'gpt-x' },
  messageCount: 1,
  preview: '',
  ...more,
})

test.each(Object.entries(HISTORIES))('keeps the messages of "%s" as they are', (_name, messages) => {
  const { conversations, problems } = parse({ [HISTORY]: messages })
  expect(problems).toEqual([])
  expect(conversations).toHaveLength(1)
  expect(conversations[0]?.conversation.messages.map(({ message }) => message)).toEqual(messages)
  expect(conversations[0]?.keys).toEqual([HISTORY])
})

test("gives times that grow strictly, from a message's own time where it has one", () => {
  const { conversations } = parse({ [HISTORY]: HISTORIES['content instead of parts'] })
  const times = conversations[0]?.conversation.messages.map(({ createdAt }) => createdAt ?? 0) ?? []
  expect(times[0]).toBe(Date.parse('2026-01-19T07:54:03.056Z'))
  expect(times[1]).toBe((times[0] ?? 0) + 1)
  const untimed = parse({ [HISTORY]: HISTORIES['user messages only'] }).conversations[0]
  expect(untimed?.conversation.messages.map(({ createdAt }) => createdAt)).toEqual([SAVED_AT, SAVED_AT + 1])
})

test('keeps times of its own that are older than the backup', () => {
  const [createdAt, timestamp] = ['2019-05-01T10:00:00.000Z', '2019-05-01T10:00:09.000Z']
  const messages = [
    user('u1', 'untimed'),
    { ...user('u2', 'a'), createdAt },
    { ...user('u3', 'b'), timestamp },
  ]
  const [parsed] = parse({ [HISTORY]: messages }).conversations
  const times = parsed?.conversation.messages.map((each) => each.createdAt)
  expect(times).toEqual([Date.parse(createdAt), Date.parse(createdAt) + 1, Date.parse(timestamp)])
})

test('marks an answer that was cut off as interrupted', () => {
  const { conversations } = parse({ [HISTORY]: HISTORIES['an answer that was cut off, then more'] })
  expect(conversations[0]?.conversation.messages.map(({ status }) => status)).toEqual([
    undefined,
    'interrupted',
    undefined,
    undefined,
  ])
})

test('reads the second layout with titles, times and models', () => {
  const { conversations, problems } = parse({
    [THREADS]: [thread('t1'), thread('t2', { title: '' })],
    'leanspec-chat-messages-t1': [user('u1', 'hi'), answer('a1', 'hello')],
    'leanspec-chat-messages-t2': [answer('a2', 'alone')],
  })
  expect(problems).toEqual([])
  expect(conversations.map(({ conversation }) => [conversation.id, conversation.title])).toEqual([
    ['t1', 'Thread t1'],
    ['t2', undefined],
  ])
  const [first, second] = conversations[0]?.conversation.messages ?? []
  expect(first).toMatchObject({ createdAt: Date.parse('2026-02-01T10:00:00.000Z') })
  expect(first).not.toHaveProperty('model')
  expect(second).toMatchObject({ model: { providerId: 'openai', modelId: 'gpt-x' } })
  expect(conversations[0]?.keys).toEqual(['leanspec-chat-messages-t1', THREADS])
})

test('keeps a thread without a messages key, and messages without their thread', () => {
  const { conversations, problems } = parse({
    [THREADS]: [thread('t1')],
    'leanspec-chat-messages-lost': [user('u', 'x')],
  })
  expect(problems).toEqual([])
  expect(
    conversations.map(({ conversation, keys }) => [conversation.id, conversation.messages.length, keys]),
  ).toEqual([
    ['t1', 0, [THREADS]],
    ['lost', 1, ['leanspec-chat-messages-lost']],
  ])
})

test('does not import the first layout again that the second had taken over', () => {
  const messages = [user('u1', 'hi')]
  const both = parse({
    [HISTORY]: messages,
    [THREADS]: [thread('t1')],
    'leanspec-chat-messages-t1': [...messages, user('u2', 'x')],
  })
  expect(both.conversations.map(({ conversation }) => conversation.id)).toEqual(['t1'])
  const more = parse({
    [HISTORY]: [...messages, user('u9', 'only here')],
    [THREADS]: [thread('t1')],
    'leanspec-chat-messages-t1': messages,
  })
  expect(more.conversations.map(({ conversation }) => conversation.id)).toEqual(['t1', 'leanspec-u1'])
})

test('drops an exact repetition and keeps another message under a repeated id', () => {
  const { conversations } = parse({ [HISTORY]: [user('u1', 'one'), user('u1', 'one'), user('u1', 'two')] })
  expect(conversations[0]?.conversation.messages).toMatchObject([
    { message: user('u1', 'one') },
    { message: user('u1-2', 'two'), externalId: 'u1' },
  ])
})

test('gives a message without an id one that every tab gives', () => {
  const messages = [{ role: 'user', content: 'no id' }]
  const [one, two] = [parse({ [HISTORY]: messages }), parse({ [HISTORY]: messages })]
  expect(one).toEqual(two)
  expect(one.conversations[0]?.conversation.messages[0]?.message).toEqual({
    id: 'legacy-1',
    role: 'user',
    content: 'no id',
  })
})

test.each(['null', '{}', '"text"', '7', '[{"id":"a","role":"us', ''])(
  'the text %j is left alone and reported',
  (text) => {
    for (const key of [HISTORY, THREADS, 'leanspec-chat-messages-t1']) {
      const { conversations, problems } = parse({ [key]: text })
      expect(conversations).toEqual([])
      expect(problems).toMatchObject([{ key, error: { code: 'migration/unreadable' } }])
    }
  },
)

test('an empty list is nothing to import and no problem', () => {
  expect(parse({ [HISTORY]: '[]' })).toEqual({ conversations: [], problems: [] })
})

test('imports what is readable of a list and reports the rest', () => {
  const hostile =
    '[{"id":"a","role":"user","content":"ok"},null,7,{"id":"b"},{"id":"c","role":"user","__proto__":{"x":1}}]'
  const { conversations, problems } = parse({ [HISTORY]: hostile })
  expect(conversations[0]?.conversation.messages).toHaveLength(1)
  expect(problems).toHaveLength(1)
})
