import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ChatStorageAdapter, IndexedDBAdapter, LocalStorageAdapter } from '../../../src/index.ts'
import { createFakeLocalStorage } from './memory-engine.ts'

// The tests of the requirement (tests/chat-persistence.test.ts), with the bodies that it left open.

const opened: { close(): Promise<void> }[] = []
function open<A extends { close(): Promise<void> }>(adapter: A): A {
  opened.push(adapter)
  return adapter
}

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory())
  vi.stubGlobal('localStorage', createFakeLocalStorage())
})
afterEach(async () => {
  for (const adapter of opened.splice(0)) await adapter.close()
  vi.unstubAllGlobals()
})

const message = (
  id: string,
  conversationId: string,
  role: string,
  content: string,
  timestamp = 1_750_000_000_000,
) => ({
  id,
  conversationId,
  role,
  content,
  timestamp,
})

describe.each([
  ['IndexedDBAdapter', () => open(new IndexedDBAdapter()), 'page+indexeddb'],
  ['LocalStorageAdapter', () => open(new LocalStorageAdapter()), 'page+local-storage'],
] as const)('ChatStorageAdapter: %s', (_name, create, rung) => {
  it('should save and load conversation', async () => {
    const adapter = create()
    const messages = [
      { id: '1', conversationId: 'c1', role: 'user', content: 'Hello', timestamp: Date.now() },
      { id: '2', conversationId: 'c1', role: 'assistant', content: 'Hi!', timestamp: Date.now() },
    ]

    await adapter.saveConversation('project1', messages)
    const loaded = await adapter.loadConversation('project1')

    expect(loaded).toEqual(messages)
    expect(await adapter.rung()).toBe(rung)
  })

  it('should list conversations by project', async () => {
    const adapter = create()
    await adapter.saveConversation('project1', [
      message('1', 'c1', 'user', 'First', 1_000),
      message('1', 'c2', 'user', 'Second', 2_000),
    ])
    await adapter.saveConversation('project2', [message('1', 'c3', 'user', 'Elsewhere')])

    const listed = await adapter.listConversations('project1')

    expect(
      listed.map(({ id, title, messageCount, projectId }) => ({ id, title, messageCount, projectId })),
    ).toEqual([
      { id: 'c2', title: 'Second', messageCount: 1, projectId: 'project1' },
      { id: 'c1', title: 'First', messageCount: 1, projectId: 'project1' },
    ])
    expect(await adapter.listConversations('project3')).toEqual([])
  })

  it('should delete conversation', async () => {
    const adapter = create()
    await adapter.saveConversation('project1', [message('1', 'c1', 'user', 'First')])
    await adapter.deleteConversation('c1')
    expect(await adapter.listConversations('project1')).toEqual([])
    expect(await adapter.loadConversation('project1')).toEqual([])
  })

  it('should delete a conversation for ever, from the trash or not', async () => {
    const adapter = create()
    await adapter.saveConversation('project1', [message('1', 'c1', 'user', 'First')])
    await adapter.saveConversation('project1', [message('1', 'c2', 'user', 'Second')])
    await adapter.deleteConversation('c1')
    await adapter.deleteConversation('c1', { forever: true })
    await adapter.deleteConversation('c2', { forever: true })
    expect(await adapter.listConversations('project1')).toEqual([])
    expect(await adapter.loadConversation('project1')).toEqual([])
  })

  it('should clear one project and leave the others', async () => {
    const adapter = create()
    await adapter.saveConversation('project1', [
      message('1', 'c1', 'user', 'a'),
      message('1', 'c2', 'user', 'b'),
    ])
    await adapter.saveConversation('project2', [message('1', 'c3', 'user', 'c')])
    await adapter.clearProject('project1')
    expect(await adapter.listConversations('project1')).toEqual([])
    expect(await adapter.listConversations('project2')).toHaveLength(1)
  })

  it('should keep history when a shorter list is saved', async () => {
    const adapter = create()
    const messages = [message('1', 'c1', 'user', 'a'), message('2', 'c1', 'assistant', 'b')]
    await adapter.saveConversation('project1', messages)
    await adapter.saveConversation('project1', messages.slice(0, 1))
    expect(await adapter.listConversations('project1')).toMatchObject([{ messageCount: 2 }])
  })

  it('should add messages without a conversation to the latest one', async () => {
    const adapter = create()
    await adapter.saveConversation('project1', [{ id: '1', role: 'user', content: 'a' }])
    const [first] = await adapter.listConversations('project1')
    await adapter.saveConversation('project1', [
      { id: '1', role: 'user', content: 'a' },
      { id: '2', role: 'assistant', content: 'b' },
    ])
    expect(await adapter.listConversations('project1')).toMatchObject([{ id: first?.id, messageCount: 2 }])
  })

  it('should find everything again after a restart', async () => {
    await create().saveConversation('project1', [message('1', 'c1', 'user', '你好 👋')])
    const again: ChatStorageAdapter = create()
    expect(await again.loadConversation('project1')).toEqual([message('1', 'c1', 'user', '你好 👋')])
  })
})

describe('ChatStorageAdapter', () => {
  it('should fallback to localStorage if IndexedDB fails', async () => {
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('denied', 'SecurityError')
      },
    })
    const adapter = open(new IndexedDBAdapter())
    await adapter.saveConversation('project1', [message('1', 'c1', 'user', 'Hello')])
    expect(await adapter.rung()).toBe('page+local-storage')
    expect(await adapter.loadConversation('project1')).toEqual([message('1', 'c1', 'user', 'Hello')])
  })

  it('should keep working in memory if both fail', async () => {
    vi.stubGlobal('indexedDB', undefined)
    vi.stubGlobal('localStorage', undefined)
    const adapter = open(new IndexedDBAdapter())
    await adapter.saveConversation('project1', [message('1', 'c1', 'user', 'Hello')])
    expect(await adapter.rung()).toBe('memory')
    expect(await adapter.loadConversation('project1')).toHaveLength(1)
  })
})
