import { Dexie, type EntityTable, type Table } from 'dexie'
import type { Contender, Message } from './contender.ts'

type StoredMessage = Message & { conversationId: string; seq: number }
type StoredConversation = {
  id: string
  projectId: string
  title: string
  updatedAt: number
  messageCount: number
}
type Tables = {
  conversations: EntityTable<StoredConversation, 'id'>
  messages: Table<StoredMessage, [string, number]>
  outbox: Table<{ conversationId: string; state: string; message: Message }, number>
  drafts: EntityTable<Message & { conversationId: string }, 'id'>
}

/** The same schema and the same work with Dexie, written as its documentation recommends. */
export function createDexie(): Contender {
  let name: string
  let relaxed: Dexie & Tables
  let strict: Dexie & Tables
  let clock = 1_000
  let isQueueing = false

  function connect(durability: 'strict' | 'relaxed'): Dexie & Tables {
    const database = new Dexie(name, { chromeTransactionDurability: durability }) as Dexie & Tables
    database.version(1).stores({
      conversations: 'id, [projectId+updatedAt]',
      messages: '[conversationId+seq]',
      outbox: '++',
      drafts: 'id',
    })
    return database
  }

  function conversation(id: string, messageCount: number): StoredConversation {
    return { id, projectId: 'bench', title: `Conversation ${id}`, updatedAt: clock++, messageCount }
  }

  function append(database: Dexie & Tables, conversationId: string, message: Message): Promise<void> {
    const { conversations, messages, outbox } = database
    return database.transaction('rw', [conversations, messages, outbox], async () => {
      const seq = (await conversations.get(conversationId))?.messageCount ?? 0
      await Promise.all([
        messages.put({ ...message, conversationId, seq }),
        conversations.put(conversation(conversationId, seq + 1)),
        outbox.add({ conversationId, state: 'waiting', message }),
      ])
    })
  }

  const ofConversation = (conversationId: string) =>
    relaxed.messages
      .where('[conversationId+seq]')
      .between([conversationId, Dexie.minKey], [conversationId, Dexie.maxKey])

  return {
    open: async (database, queues = false) => {
      isQueueing = queues
      name = database
      relaxed = connect('relaxed')
      strict = connect('strict')
      await relaxed.open()
      await strict.open()
    },
    import: async (conversations) => {
      const { conversations: table, messages, outbox } = relaxed
      await relaxed.transaction('rw', [table, messages, outbox], async () => {
        await messages.bulkPut(
          conversations.flatMap(({ id, messages: list }) =>
            list.map((message, seq) => ({ ...message, conversationId: id, seq })),
          ),
        )
        if (isQueueing)
          await outbox.bulkAdd(
            conversations.flatMap(({ id, messages: list }) =>
              list.map((message) => ({ conversationId: id, state: 'waiting', message })),
            ),
          )
        await table.bulkPut(conversations.map(({ id, messages: list }) => conversation(id, list.length)))
      })
    },
    append: (conversationId, message) => append(strict, conversationId, message),
    burst: async (conversationId, messages) => {
      for (const message of messages) await append(relaxed, conversationId, message)
    },
    loadAll: (conversationId) => ofConversation(conversationId).toArray(),
    loadNewest: async (conversationId, count) =>
      (await ofConversation(conversationId).reverse().limit(count).toArray()).reverse(),
    list: async (count) => {
      const index = relaxed.conversations.where('[projectId+updatedAt]')
      const found = await index
        .between(['bench', Dexie.minKey], ['bench', Dexie.maxKey])
        .reverse()
        .limit(count)
        .toArray()
      return found.map(({ id }) => id)
    },
    saveGrowing: async (conversationId, message) => {
      await relaxed.drafts.put({ ...message, conversationId })
    },
    endGrowing: (_conversationId, message) => relaxed.drafts.get(message.id),
    remove: async () => {
      strict.close()
      await relaxed.delete()
    },
  }
}
