import type { UIMessage } from 'ai'
import type { AppMessage, ChatkeepClient, ClientStatus, DraftWriter } from 'chatkeep'
import { expectTypeOf, test } from 'vitest'

declare const client: ChatkeepClient
declare const draft: DraftWriter
declare const shown: UIMessage[]
declare const one: UIMessage
interface Note {
  id: string
  role: 'user' | 'assistant'
  text: string
  tags?: string[]
}
declare const notes: readonly Note[]

test('messages of AI SDK, and of any interface with an id and a role, are taken as they are', () => {
  expectTypeOf<UIMessage>().toExtend<AppMessage>()
  expectTypeOf<Note>().toExtend<AppMessage>()
  void client.appendMessages('c1', shown)
  void client.appendMessages('c1', notes, { after: { id: 'm1', born: 1 } })
  void client.saveMessages('c1', shown, { projectId: 'docs' })
  void client.saveMessages(
    'c1',
    shown.map((message) => ({ message, createdAt: 1 })),
  )
  void client.editMessage('c1', one)
  void client.editMessage('c1', { message: one, status: 'stopped', model: { modelId: 'm' } })
  void client.importConversations([{ id: 'c1', messages: shown.map((message) => ({ message })) }])
  void client.importConversations([{ id: 'c1', messages: [{ message: one, parentId: null }] }])
})

test('literals may hold anything beside id and role', () => {
  void client.appendMessages('c1', [{ id: 'm1', role: 'user', content: 'Hello', stars: 5 }])
  void client.appendMessages('c1', [{ message: { id: 'm1', role: 'user', parts: [] }, createdAt: 1 }])
})

test('drafts take them too, and may branch', () => {
  expectTypeOf(
    client.startDraft('c1', { messageId: 'a1', after: null, fork: true }),
  ).toEqualTypeOf<DraftWriter>()
  void draft.checkpoint(one)
  void draft.finish(one)
  void draft.finish({ message: one, status: 'complete' })
})

test('a message without an id or a role is refused', () => {
  // @ts-expect-error: no id
  void client.appendMessages('c1', [{ role: 'user', content: 'Hello' }])
  // @ts-expect-error: no role
  void client.saveMessages('c1', [{ id: 'm1', content: 'Hello' }])
  // @ts-expect-error: an id is a text
  void client.editMessage('c1', { id: 1, role: 'user' })
  // @ts-expect-error: no id within
  void client.editMessage('c1', { message: { role: 'user' } })
  // @ts-expect-error: no role
  void draft.checkpoint({ id: 'a1' })
  // @ts-expect-error: a message, not its text
  void client.appendMessages('c1', ['Hello'])
})

test('what is known beside a message has its own types', () => {
  // @ts-expect-error: a status is a word
  void client.editMessage('c1', { message: one, status: 3 })
  // @ts-expect-error: one of the words
  void draft.finish({ message: one, status: 'done' })
  // @ts-expect-error: a time is a number
  void client.appendMessages('c1', [{ message: one, createdAt: new Date() }])
  // @ts-expect-error: the message is missing
  void client.importConversations([{ id: 'c1', messages: [{ status: 'complete' }] }])
  // @ts-expect-error: a place has its time of birth
  void client.appendMessages('c1', shown, { after: { id: 'm1' } })
  // @ts-expect-error: fork is yes or no
  void client.startDraft('c1', { messageId: 'a1', fork: 'yes' })
})

test('the status says what waits for an account', () => {
  expectTypeOf<ClientStatus['adoptable']>().toEqualTypeOf<{ readonly conversationCount: number } | null>()
  expectTypeOf(client.listProjects()).toEqualTypeOf<Promise<readonly string[]>>()
  // @ts-expect-error: what a client says is not the app's to write
  client.status.rung = 'memory'
})
