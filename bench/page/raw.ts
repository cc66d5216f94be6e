import type { Contender, Message } from './contender.ts'

type StoredMessage = Message & { readonly conversationId: string; readonly seq: number }
type StoredConversation = {
  readonly id: string
  readonly projectId: string
  readonly title: string
  readonly updatedAt: number
  readonly messageCount: number
}

/** Hand-written IndexedDB in the page: one record per message under `[conversationId, seq]`, no index on messages. */
export function createRaw(): Contender {
  let database: IDBDatabase
  let clock = 1_000
  let isQueueing = false

  function transact(
    stores: string[],
    durability: IDBTransactionDurability,
    work: (tx: IDBTransaction) => void,
  ) {
    return new Promise<void>((resolve, reject) => {
      const tx = database.transaction(stores, 'readwrite', { durability })
      tx.oncomplete = () => resolve()
      tx.onabort = () => reject(tx.error)
      work(tx)
    })
  }

  function ask<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  }

  /** Message, conversation, queue. The conversation is read for its count, as any app has to. */
  function putMessage(tx: IDBTransaction, conversationId: string, message: Message): void {
    const conversations = tx.objectStore('conversations')
    const read = conversations.get(conversationId)
    read.onsuccess = () => {
      const before = read.result as StoredConversation | undefined
      const seq = before?.messageCount ?? 0
      tx.objectStore('messages').put({ ...message, conversationId, seq } satisfies StoredMessage)
      conversations.put(conversation(conversationId, seq + 1))
      tx.objectStore('outbox').put({ conversationId, state: 'waiting', message })
      tx.commit()
    }
  }

  function conversation(id: string, messageCount: number): StoredConversation {
    return { id, projectId: 'bench', title: `Conversation ${id}`, updatedAt: clock++, messageCount }
  }

  return {
    open: async (name, queues = false) => {
      isQueueing = queues
      const request = indexedDB.open(name, 1)
      request.onupgradeneeded = () => {
        const conversations = request.result.createObjectStore('conversations', { keyPath: 'id' })
        conversations.createIndex('byUpdate', ['projectId', 'updatedAt'])
        request.result.createObjectStore('messages', { keyPath: ['conversationId', 'seq'] })
        request.result.createObjectStore('outbox', { autoIncrement: true })
        request.result.createObjectStore('drafts', { keyPath: 'id' })
      }
      database = await ask(request)
    },
    import: (conversations) =>
      transact(['conversations', 'messages', 'outbox'], 'relaxed', (tx) => {
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
      }),
    append: (conversationId, message) =>
      transact(['conversations', 'messages', 'outbox'], 'strict', (tx) =>
        putMessage(tx, conversationId, message),
      ),
    burst: async (conversationId, messages) => {
      for (const message of messages) {
        await transact(['conversations', 'messages', 'outbox'], 'relaxed', (tx) =>
          putMessage(tx, conversationId, message),
        )
      }
    },
    loadAll: (conversationId) => {
      const range = IDBKeyRange.bound([conversationId], [conversationId, []])
      return ask(database.transaction('messages').objectStore('messages').getAll(range)) as Promise<
        StoredMessage[]
      >
    },
    loadNewest: async (conversationId, count) => {
      const query = IDBKeyRange.bound([conversationId], [conversationId, []])
      const store = database.transaction('messages').objectStore('messages')
      return (
        await ask(store.getAll({ query, count, direction: 'prev' } as never))
      ).reverse() as StoredMessage[]
    },
    list: async (count) => {
      const query = IDBKeyRange.bound(['bench'], ['bench', []])
      const index = database.transaction('conversations').objectStore('conversations').index('byUpdate')
      const found = (await ask(
        index.getAll({ query, count, direction: 'prev' } as never),
      )) as StoredConversation[]
      return found.map(({ id }) => id)
    },
    saveGrowing: (conversationId, message) =>
      transact(['drafts'], 'relaxed', (tx) => {
        tx.objectStore('drafts').put({ ...message, conversationId })
        tx.commit()
      }),
    endGrowing: (_conversationId, message) =>
      ask(database.transaction('drafts').objectStore('drafts').get(message.id)) as Promise<
        Message | undefined
      >,
    remove: async () => {
      const { name } = database
      database.close()
      await ask(indexedDB.deleteDatabase(name))
    },
  }
}
