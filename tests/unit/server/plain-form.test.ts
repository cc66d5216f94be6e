import { expect, test } from 'vitest'
import { aMessage, aServer, aSet } from './builders.ts'

const hello = { id: '1', role: 'user', content: 'Hello', timestamp: 1_000 }
const hi = { id: '2', role: 'assistant', content: 'Hi!', timestamp: 2_000 }

test('a conversation in the plain form is created, updated and read back verbatim', async () => {
  const server = await aServer()
  const created = await server.ask('anna', 'POST', '/conversations', {
    projectId: 'p',
    id: 'c',
    messages: [hello],
  })
  expect(created.status).toBe(201)
  expect(created.headers.get('Location')).toBe('/api/v1/chat/conversations/c')
  const updated = await server.ask('anna', 'POST', '/conversations', {
    projectId: 'p',
    id: 'c',
    title: 'Greeting',
    createdAt: 5,
    messages: [hello, hi],
    tags: ['x'],
  })
  expect(updated.status).toBe(200)
  const { conversation, messages } = await updated.json()
  expect(messages).toEqual([hello, hi])
  expect(conversation).toMatchObject({
    title: 'Greeting',
    messageCount: 2,
    createdAt: 1_000,
    updatedAt: 2_000,
    tags: ['x'],
  })
})

test('an id is made for a conversation that comes without one', async () => {
  const server = await aServer()
  const { conversation } = await (
    await server.ask('anna', 'POST', '/conversations', { projectId: 'p', messages: [hello] })
  ).json()
  expect(conversation.id).toMatch(/^[0-9a-f-]{36}$/)
})

test('unchanged messages are not stored again', async () => {
  const server = await aServer()
  const body = { projectId: 'p', id: 'c', title: 'Hello', messages: [hello, hi] }
  const first = await server.ask('anna', 'POST', '/conversations', body)
  const second = await server.ask('anna', 'POST', '/conversations', body)
  expect(second.headers.get('ETag')).toBe(first.headers.get('ETag'))
})

test('a shorter list deletes nothing', async () => {
  const server = await aServer()
  await server.ask('anna', 'POST', '/conversations', { projectId: 'p', id: 'c', messages: [hello, hi] })
  const { messages } = await (
    await server.ask('anna', 'POST', '/conversations', { projectId: 'p', id: 'c', messages: [] })
  ).json()
  expect(messages).toEqual([hello, hi])
})

test('a changed message overwrites all versions and stays where it was', async () => {
  const server = await aServer()
  await server.ask('anna', 'POST', '/conversations', { projectId: 'p', id: 'c', messages: [hello, hi] })
  const edited = { ...hello, content: 'Hello there' }
  const answer = await server.ask('anna', 'POST', '/conversations', {
    projectId: 'p',
    id: 'c',
    messages: [edited],
  })
  const { messages, operations } = await answer.json()
  expect(messages).toEqual([edited, hi])
  const [first, , edit] = operations
  expect(edit.overwrites).toEqual([first.id])
  expect(edit.value).toMatchObject({ parentId: null, born: first.value.born })
})

test('a message that another device removed stays removed', async () => {
  const server = await aServer()
  await server.ask('anna', 'POST', '/conversations', { projectId: 'p', id: 'c', messages: [hello, hi] })
  const { operations } = await server.delta('anna')
  const { parentId, born } = operations[1].value
  await server.post('anna', [
    aMessage(
      'c',
      '2',
      { stamp: born + 1, overwrites: [operations[1].id] },
      { parentId, born, removed: true },
    ),
  ])
  const answer = await server.ask('anna', 'POST', '/conversations', {
    projectId: 'p',
    id: 'c',
    messages: [hello, hi],
  })
  expect((await answer.json()).messages).toEqual([hello])
})

test('a deleted conversation does not come back with an old copy', async () => {
  const server = await aServer()
  await server.ask('anna', 'POST', '/conversations', { projectId: 'p', id: 'c', messages: [hello] })
  await server.ask('anna', 'DELETE', '/conversations/c')
  const answer = await server.ask('anna', 'POST', '/conversations', {
    projectId: 'p',
    id: 'c',
    messages: [hello],
  })
  expect(answer.status).toBe(410)
  expect((await server.list('anna')).conversations).toEqual([])
})

test('an upload under If-Match is refused with the current state when there is something unseen', async () => {
  const server = await aServer()
  const created = await server.ask('anna', 'POST', '/conversations', {
    projectId: 'p',
    id: 'c',
    messages: [hello],
  })
  const etag = created.headers.get('ETag') ?? ''
  await server.post('anna', [aSet('c', 'title', 'From elsewhere')])
  const body = { projectId: 'p', id: 'c', messages: [hello, hi] }
  const refused = await server.ask('anna', 'POST', '/conversations', body, { 'If-Match': etag })
  expect(refused.status).toBe(412)
  expect((await refused.json()).current).toMatchObject({
    conversation: { title: 'From elsewhere', messageCount: 1 },
  })
  const accepted = await server.ask('anna', 'POST', '/conversations', body, {
    'If-Match': refused.headers.get('ETag') ?? '',
  })
  expect(accepted.status).toBe(200)
  const absent = await server.ask(
    'anna',
    'POST',
    '/conversations',
    { ...body, id: 'new' },
    { 'If-Match': '*' },
  )
  expect([absent.status, (await absent.json()).current]).toEqual([412, null])
  expect((await server.ask('anna', 'GET', '/conversations/new')).status).toBe(404)
})

test('messages keep their order, also those with equal or missing times', async () => {
  const server = await aServer()
  const messages = Array.from({ length: 30 }, (_, index) => ({
    id: `m${(index * 7) % 30}`,
    role: 'user',
    content: `${index}`,
  }))
  const answer = await server.ask('anna', 'POST', '/conversations', { projectId: 'p', id: 'c', messages })
  expect((await answer.json()).messages).toEqual(messages)
})
