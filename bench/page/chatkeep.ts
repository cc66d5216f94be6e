import { type ChatkeepClient, register } from 'chatkeep'
import { createBrowserClock } from '../../src/browser/clock.ts'
import { workerPort } from '../../src/client/register/worker-port.ts'
import type { ChatMessage } from '../../src/domain/message.ts'
import { type AnswerRecorder, createAnswerRecorder } from '../../src/react/chat/answer-recorder.ts'
import { createPageEndpoint } from '../../src/rpc/page-endpoint.ts'
import type { Caller } from '../../src/rpc/protocol.ts'
import { createRemoteCaller } from '../../src/rpc/remote-caller.ts'
import type { Contender, Message } from './contender.ts'

/** chatkeep as an app uses it: the public client, the built service worker, Comlink between them. */
export function createChatkeep(onOpen: (client: ChatkeepClient) => void = () => {}): Contender {
  let client: ChatkeepClient
  let name: string
  let hopper: Promise<Caller> | undefined
  const drafts = new Map<string, ReturnType<ChatkeepClient['startDraft']>>()

  return {
    open: async (database, isQueueing = false) => {
      name = database
      // Nobody is signed in: what is queued stays there, and nothing is asked.
      const cloud = isQueueing ? { cloud: { url: `${location.origin}/api/v1/chat` } } : {}
      client = await register({ database, projectId: 'bench', migrateLegacy: false, ...cloud })
      if (client.status.rung !== 'worker+indexeddb') {
        throw new Error(`chatkeep runs on ${client.status.rung}: ${JSON.stringify(client.status.degraded)}`)
      }
      onOpen(client)
    },
    import: async (conversations) => {
      await client.importConversations(
        conversations.map(({ id, messages }) => ({ id, messages: messages.map((message) => ({ message })) })),
      )
    },
    append: async (conversationId, message) => {
      await client.appendMessages(conversationId, [message])
    },
    hop: async () => {
      hopper ??= callWorker()
      await (await hopper).call({ database: null, method: 'hello', argument: {} })
    },
    burst: async (conversationId, messages) => {
      await Promise.all(messages.map((message) => client.appendMessages(conversationId, [message])))
    },
    loadAll: async (conversationId) => textsOf(await client.loadMessages(conversationId, { limit: 0 })),
    loadNewest: async (conversationId, count) =>
      textsOf(await client.loadMessages(conversationId, { limit: count })),
    list: async (limit) => (await client.listConversations({ limit })).conversations.map(({ id }) => id),
    saveGrowing: async (conversationId, message) => {
      let draft = drafts.get(message.id)
      if (draft === undefined) {
        draft = client.startDraft(conversationId, { messageId: message.id })
        drafts.set(message.id, draft)
      }
      const outcome = await draft.checkpoint(message)
      if (outcome !== 'kept') throw new Error(`The checkpoint was answered ${outcome}.`)
    },
    endGrowing: async (conversationId, message) => {
      await drafts.get(message.id)?.finish(message)
      drafts.delete(message.id)
      return textsOf(await client.loadMessages(conversationId, { limit: 1 }))[0]
    },
    remove: async () => {
      await client.close()
      for (const { name: found } of await indexedDB.databases()) {
        if (found?.startsWith(name))
          await new Promise((resolve) => (indexedDB.deleteDatabase(found).onsuccess = resolve))
      }
    },
  }
}

/** As an app on the React hooks saves a growing answer: told of every piece, they write it within 300 ms, or at once after 8 kB. */
export function createChatkeepHook(): Contender {
  let client: ChatkeepClient
  let newest: Message
  let recorder: AnswerRecorder | undefined
  const chatkeep = createChatkeep((opened) => {
    client = opened
  })
  return {
    ...chatkeep,
    saveGrowing: async (conversationId, message) => {
      const sizeBytes = lengthOf(message) - (recorder === undefined ? 0 : lengthOf(newest))
      newest = message
      recorder ??= createAnswerRecorder({
        read: () => newest as unknown as ChatMessage,
        openDraft: (messageId) => client.startDraft(conversationId, { messageId }),
        onStop: () => {},
      })
      recorder.grew({ sizeBytes, isBoundary: false })
    },
    endGrowing: async (conversationId, message) => {
      await recorder?.finish({ message: message as unknown as ChatMessage })
      return textsOf(await client.loadMessages(conversationId, { limit: 1 }))[0]
    },
  }
}

const lengthOf = (message: Message): number => message.parts[0]?.text.length ?? 0

/** What the client calls its worker by. */
async function callWorker(): Promise<Caller> {
  const port = workerPort(navigator.serviceWorker, await navigator.serviceWorker.ready)
  return createRemoteCaller(createPageEndpoint(port, createBrowserClock()))
}

function textsOf(page: Awaited<ReturnType<ChatkeepClient['loadMessages']>>): readonly Message[] {
  return page.messages.map(({ message }) => message as unknown as Message)
}
