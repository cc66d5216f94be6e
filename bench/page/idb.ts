import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb'
import type { Contender, Message } from './contender.ts'

interface Schema extends DBSchema {
  conversations: { key: string; value: StoredConversation; indexes: { byUpdate: [string, number] } }
  messages: { key: [string, number]; value: Message & { conversationId: string; seq: number } }
  outbox: { key: number; value: { conversationId: string; state: string; message: Message } }
  drafts: { key: string; value: Message & { conversationId: string } }
}
type StoredConversation = {
  id: string
  projectId: string
  title: string
  updatedAt: number
  messageCount: number
}

const APPEND_STORES = ['conversations', 'messages', 'outbox'] as const
type AppendTransaction = IDBPTransaction<Schema, typeof APPEND_STORES, 'readwrite'>

/** The control: what `raw` does, through idb. How far it strays from `raw` is how far a ratio means nothing. */
export function createIdb(): Contender {
  let database: IDBPDatabase<Schema>
  let clock = 1_000
  let isQueueing = false

  async function putMessage(tx: AppendTransaction, conversationId: string, message: Message): Promise<void> {
    const before = await tx.objectStore('conversations').get(conversationId)
    const seq = before?.messageCount ?? 0
    tx.objectStore('messages').put({ ...message, conversationId, seq })
    tx.objectStore('conversations').put(conversation(conversationId, seq + 1))
    tx.objectStore('outbox').put({ conversationId, state: 'waiting', message })
    tx.commit()
    await tx.done
  }

  function conversation(id: string, messageCount: number): StoredConversation {
    return { id, projectId: 'bench', title: `Conversation ${id}`, updatedAt: clock++, messageCount }
  }

  return {
    open: async (name, queues = false) => {
      isQueueing = queues
      database = await openDB<Schema>(name, 1, {
        upgrade: (upgrading) => {
          const conversations = upgrading.createObjectStore('conversations', { keyPath: 'id' })
          conversations.createIndex('byUpdate', ['projectId', 'updatedAt'])
          upgrading.createObjectStore('messages', { keyPath: ['conversationId', 'seq'] })
          upgrading.createObjectStore('outbox', { autoIncrement: true })
          upgrading.createObjectStore('drafts', { keyPath: 'id' })
        },
      })
    },
    import: async (conversations) => {
      const tx = database.transaction(APPEND_STORES, 'readwrite', { durability: 'relaxed' })
      const messages = tx.objectStore('messages')
      const outbox = tx.objectStore('outbox')
      for (const { id, messages: list } of conversations) {
        for (const [seq, message] of list.entries()) {
          messages.put({ ...message, conversationId: id, seq })
          if (isQueueing) outbox.put({ conversationId: id, state: 'waiting', message })
        }
        tx.objectStore('conversations').put(conversation(id, list.length))
      }
      tx.commit()
      await tx.done
    },
    append: (conversationId, message) =>
      putMessage(
        database.transaction(APPEND_STORES, 'readwrite', { durability: 'strict' }),
        conversationId,
        message,
      ),
    burst: async (conversationId, messages) => {
      for (const message of messages) {
        const tx = database.transaction(APPEND_STORES, 'readwrite', { durability: 'relaxed' })
        await putMessage(tx, conversationId, message)
      }
    },
    loadAll: (conversationId) =>
      database.getAll('messages', IDBKeyRange.bound([conversationId], [conversationId, []])),
    loadNewest: async (conversationId, count) => {
      const query = IDBKeyRange.bound([conversationId], [conversationId, []])
      const store = database.transaction('messages').store
      return (await store.getAll({ query, count, direction: 'prev' } as never)).reverse()
    },
    list: async (count) => {
      const query = IDBKeyRange.bound(['bench'], ['bench', []])
      const index = database.transaction('conversations').store.index('byUpdate')
      const found = await index.getAll({ query, count, direction: 'prev' } as never)
      return found.map(({ id }) => id)
    },
    saveGrowing: async (conversationId, message) => {
      const tx = database.transaction('drafts', 'readwrite', { durability: 'relaxed' })
      tx.store.put({ ...message, conversationId })
      tx.commit()
      await tx.done
    },
    endGrowing: (_conversationId, message) => database.get('drafts', message.id),
    remove: async () => {
      const { name } = database
      database.close()
      await deleteDB(name)
    },
  }
}
