import type { ListedConversation, MessageInput, Session, StoredMessage } from '../domain/service.ts'
import type { Caller } from '../rpc/protocol.ts'
import { NO_SYNC } from './status.ts'

export type HeldCommand = { readonly method: string; readonly argument: unknown }

type Held = { listed: ListedConversation; messages: StoredMessage[] }
type Argument = {
  readonly baseName?: string
  readonly projectId?: string
  readonly conversationId?: string
  readonly title?: string
  readonly name?: string
  readonly value?: unknown
  readonly messages?: readonly MessageInput[]
  readonly message?: MessageInput
}

const KEPT = ['createConversation', 'appendMessages', 'saveMessages', 'finishDraft']

/**
 * The rung below memory, for a page that could load no engine at all: holds commands in order until there is one to give them
 * to, and meanwhile shows what was created and written through it. Other commands are refused as `storage/unavailable`.
 */
export function createHoldingCaller(
  now: () => number,
  refuse: () => Error,
): Caller & { readonly held: () => readonly HeldCommand[] } {
  const conversations = new Map<string, Held>()
  const settings = new Map<string, unknown>()
  const commands: HeldCommand[] = []

  function keep({ conversationId = '', projectId = '', title = '', messages = [], message }: Argument) {
    const at = now()
    const known = conversations.get(conversationId)
    const listed = {
      id: conversationId,
      projectId,
      title,
      createdAt: at,
      ...FLAGS,
      ...known?.listed,
      updatedAt: at,
    }
    const all = [...(known?.messages ?? [])]
    for (const input of message === undefined ? messages : [message]) {
      const id = input.message.id
      const index = all.findIndex((stored) => stored.id === id)
      const place = { born: at + all.length, parentId: all.at(-1)?.id ?? null }
      const stored = {
        status: 'complete' as const,
        createdAt: at,
        ...input,
        ...place,
        ...all[index],
        id,
        message: input.message,
      }
      if (index < 0) all.push(stored)
      else all[index] = stored
    }
    const revision = (known?.listed.revision ?? 0) + 1
    conversations.set(conversationId, {
      listed: { ...listed, messageCount: all.length, revision },
      messages: all,
    })
    return { conversationId, revision, written: all.slice(known?.messages.length ?? 0), queued: false }
  }

  function answer(method: string, argument: Argument): unknown {
    const { conversationId = '', projectId, name = '' } = argument
    const held = conversations.get(conversationId)
    const listed = [...conversations.values()]
      .map((one) => one.listed)
      .filter((one) => one.projectId === projectId)
    switch (method) {
      case 'openSession':
        return { database: argument.baseName ?? '', accountId: null, adoptable: null } satisfies Session
      case 'listConversations':
        return { conversations: listed.reverse(), next: null }
      case 'latestConversation':
        return listed.at(-1) ?? null
      case 'getConversation':
        return held?.listed ?? null
      case 'loadMessages': {
        const messages = held?.messages ?? []
        const last = messages.at(-1)
        const leaf = last === undefined ? null : { id: last.id, born: last.born }
        return { conversationId, revision: held?.listed.revision ?? 0, messages, leaf, older: null }
      }
      case 'setSetting':
        return void settings.set(name, argument.value)
      case 'getSetting':
        return { value: settings.get(name) }
      case 'loadComposer':
        return { text: '' }
      case 'checkpointDraft':
        return { outcome: 'kept' }
      case 'status':
      case 'syncNow':
        return NO_SYNC
      case 'wake':
        return { dueAt: null }
      case 'listQuarantined':
        return []
      case 'isPending':
        return { pending: true }
      case 'configureCloud':
      case 'saveComposer':
      case 'stopDraft':
      case 'removeEverything':
        return undefined
      default:
        throw refuse()
    }
  }

  return {
    held: () => commands,
    async call({ method, argument }) {
      if (!KEPT.includes(method)) return answer(method, argument as Argument)
      commands.push({ method, argument })
      return keep(argument as Argument)
    },
  }
}

const FLAGS = { archived: false, pinned: false, trashed: false, tags: [], messageCount: 0, revision: 0 }
