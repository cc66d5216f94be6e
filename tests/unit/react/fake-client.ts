import type {
  ChatkeepClient,
  ClientStatus,
  ConversationChange,
  DraftWriter,
  Saved,
} from '../../../src/client/api.ts'
import { type Shelf, shelfOf, titleFromMessages } from '../../../src/domain/conversation.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import { type ChatMessage, type MessageStatus, messageText } from '../../../src/domain/message.ts'
import type {
  ListedConversation,
  MessageInput,
  MessagePage,
  StoredMessage,
} from '../../../src/domain/service.ts'

type Node = StoredMessage & { readonly isDraft?: boolean; stop?: boolean }
type Kept = {
  id: string
  projectId: string
  revision: number
  leafId: string | null
  title?: string
  createdAt: number
  pinned: boolean
  archived: boolean
  trashed: boolean
  readonly nodes: Map<string, Node>
}
type Place = { readonly id: string; readonly born: number }

export type FakeClient = ChatkeepClient & {
  /** Every call, in order: `append c1 m1,m2`. What a test asserts about order. */
  readonly calls: string[]
  /** Makes the next call of a method wait until the returned function is called. */
  hold(method: string): () => void
  /** Makes the next calls of a method reject; undefined ends it. */
  fail(method: string, error: ChatkeepError | undefined): void
  setStatus(change: Partial<ClientStatus>): void
  /** As another tab does it: writes and announces. */
  readonly elsewhere: {
    append(conversationId: string, messages: readonly ChatMessage[], after?: string): void
    stop(conversationId: string, messageId: string): void
  }
  /** All stored messages, drafts included, by id. */
  stored(conversationId: string): ReadonlyMap<string, StoredMessage>
  announceAll(): void
}

export const SYNCED_STATUS: ClientStatus = {
  rung: 'worker+indexeddb',
  degraded: null,
  accountId: null,
  migration: null,
  updateReady: false,
  sync: {
    state: 'idle',
    pendingCount: 0,
    oldestPendingAt: null,
    quarantinedCount: 0,
    lastError: null,
    nextAttemptAt: null,
    lastSuccessAt: null,
    attempt: 0,
  },
}

const isSaved = (result: unknown): boolean =>
  typeof result === 'object' && result !== null && 'synced' in result

/** The public client over a Map, with the engine's rules about branches and none of its depth. */
export function createFakeClient({ projectId = 'default', now = () => 1_700_000_000_000 } = {}): FakeClient {
  const conversations = new Map<string, Kept>()
  const composers = new Map<string, string>()
  const settings = new Map<string, unknown>()
  const listeners = new Set<(change: ConversationChange | { readonly all: true }) => void>()
  const statusListeners = new Set<(status: ClientStatus) => void>()
  const held = new Map<string, Promise<void>>()
  const failing = new Map<string, ChatkeepError>()
  const calls: string[] = []
  let status = SYNCED_STATUS
  let stamp = 0

  const run = async <T>(method: string, what: string, work: () => T): Promise<T> => {
    calls.push(`${method} ${what}`.trim())
    const gate = held.get(method)
    held.delete(method)
    await gate
    const failure = failing.get(method)
    if (failure !== undefined) throw failure
    await Promise.resolve()
    const result = work()
    return isSaved(result) ? result : structuredClone(result)
  }
  const open = (id: string, project = projectId): Kept => {
    const found = conversations.get(id)
    if (found !== undefined) return found
    const flags = { pinned: false, archived: false, trashed: false }
    const made: Kept = {
      id,
      projectId: project,
      revision: 0,
      leafId: null,
      createdAt: now(),
      ...flags,
      nodes: new Map(),
    }
    conversations.set(id, made)
    return made
  }
  const childrenOf = (kept: Kept, parentId: string | null) =>
    [...kept.nodes.values()].filter((node) => node.parentId === parentId).sort((a, b) => a.born - b.born)
  const newestBelow = (kept: Kept, id: string | null): string | null => {
    const newest = childrenOf(kept, id).at(-1)
    return newest === undefined ? id : newestBelow(kept, newest.id)
  }
  const changed = (kept: Kept) => {
    kept.revision++
    const change = { conversationId: kept.id, projectId: kept.projectId, revision: kept.revision }
    queueMicrotask(() => {
      for (const listener of [...listeners]) listener(change)
    })
  }
  const saved = (kept: Kept, written: readonly Node[] = []): Saved => ({
    conversationId: kept.id,
    revision: kept.revision,
    written: written.map(({ id, born, parentId }) => ({ id, born, parentId })),
    queued: true,
    synced: Promise.resolve(),
  })
  const toInput = (input: ChatMessage | MessageInput): MessageInput =>
    'message' in input && typeof input.message === 'object'
      ? (input as MessageInput)
      : { message: input as ChatMessage }
  const write = (
    kept: Kept,
    input: MessageInput,
    parentId: string | null,
    extra: Partial<Node> = {},
  ): Node => {
    const old = kept.nodes.get(input.message.id)
    const node: Node = {
      id: input.message.id,
      message: structuredClone(input.message),
      parentId: old?.parentId ?? parentId,
      born: old?.born ?? ++stamp,
      createdAt: input.createdAt ?? old?.createdAt ?? now(),
      status: input.status ?? 'complete',
      ...(input.model === undefined ? {} : { model: input.model }),
      ...extra,
    }
    kept.nodes.set(node.id, node)
    return node
  }
  const append = (
    kept: Kept,
    messages: readonly MessageInput[],
    after: Place | null | undefined,
    fork: boolean,
  ) => {
    const saw = after === undefined ? kept.leafId : (after?.id ?? null)
    let parent = fork ? saw : newestBelow(kept, saw)
    const written = messages.map((input) => {
      const node = write(kept, input, parent)
      parent = node.id
      return node
    })
    if (written.length > 0) kept.leafId = parent
    changed(kept)
    return written
  }
  const pathTo = (kept: Kept, id: string | null): Node[] => {
    const node = id === null ? undefined : kept.nodes.get(id)
    return node === undefined ? [] : [...pathTo(kept, node.parentId), node]
  }
  const toStored = (kept: Kept, { isDraft, stop, ...node }: Node): StoredMessage => {
    const siblings = childrenOf(kept, node.parentId).map(({ id }) => id)
    return siblings.length > 1 ? { ...node, siblings } : node
  }
  const page = (kept: Kept, query: { limit?: number; before?: Place; leafId?: string }): MessagePage => {
    const path = pathTo(kept, query.leafId ?? newestBelow(kept, kept.leafId))
    const end = query.before === undefined ? path.length : path.findIndex(({ id }) => id === query.before?.id)
    const limit = query.limit ?? 50
    const start = limit === 0 ? 0 : Math.max(0, end - limit)
    const place = (node: Node | undefined): Place | null => (node ? { id: node.id, born: node.born } : null)
    return {
      conversationId: kept.id,
      revision: kept.revision,
      messages: path.slice(start, end).map((node) => toStored(kept, node)),
      leaf: place(path.at(-1)),
      older: start === 0 ? null : place(path[start]),
    }
  }
  const list = (kept: Kept): ListedConversation => {
    const path = pathTo(kept, newestBelow(kept, kept.leafId))
    const { id, projectId: project, revision, createdAt, pinned, archived, trashed } = kept
    return {
      ...{ id, projectId: project, revision, createdAt, pinned, archived, trashed, tags: [] },
      title: kept.title ?? titleFromMessages(path.map(({ message }) => message)),
      messageCount: kept.nodes.size,
      lastMessage: messageText(path.at(-1)?.message ?? { id: '', role: '' }),
      updatedAt: path.at(-1)?.createdAt ?? createdAt,
    }
  }
  const command = (method: string, change: (kept: Kept) => void) => (id: string, value?: unknown) =>
    run(method, `${id} ${value ?? ''}`, () => {
      const kept = open(id)
      change(kept)
      changed(kept)
      return saved(kept)
    })
  const flag =
    (method: string, key: 'pinned' | 'archived') =>
    (id: string, value = true) =>
      command(method, (kept) => {
        kept[key] = value
      })(id, value)

  const writer = (
    id: string,
    options: { messageId: string; projectId?: string; after?: Place | null; fork?: boolean },
  ): DraftWriter => {
    const kept = open(id, options.projectId)
    const abort = new AbortController()
    const parentOf = () =>
      options.fork
        ? (options.after?.id ?? null)
        : newestBelow(kept, options.after === undefined ? kept.leafId : (options.after?.id ?? null))
    const put = (input: MessageInput, status: MessageStatus) => {
      const node = write(
        kept,
        { ...input, status },
        kept.nodes.get(options.messageId)?.parentId ?? parentOf(),
      )
      kept.leafId = node.id
      changed(kept)
      return node
    }
    return {
      messageId: options.messageId,
      signal: abort.signal,
      checkpoint: (message) =>
        run('checkpoint', `${id} ${message.id}`, () => {
          if (kept.nodes.get(message.id)?.stop) {
            abort.abort('stop')
            return 'stop' as const
          }
          put({ message }, 'streaming')
          return 'kept' as const
        }),
      finish: (message) =>
        run('finish', `${id} ${options.messageId} ${toInput(message).status}`, () => {
          const input = toInput(message)
          return saved(kept, [put(input, input.status ?? 'complete')])
        }),
    }
  }

  return {
    projectId,
    calls,
    get status() {
      return status
    },
    capabilities: {
      serviceWorker: true,
      indexedDB: true,
      localStorage: true,
      webLocks: true,
      broadcastChannel: true,
      backgroundSync: false,
      persisted: undefined,
    },
    hold(method) {
      const { promise, resolve } = Promise.withResolvers<void>()
      held.set(method, promise)
      return resolve
    },
    fail: (method, error) => void (error === undefined ? failing.delete(method) : failing.set(method, error)),
    setStatus(change) {
      status = { ...status, ...change }
      for (const listener of statusListeners) listener(status)
    },
    elsewhere: {
      append: (id, messages, after) => {
        const kept = open(id)
        append(
          kept,
          messages.map(toInput),
          after === undefined ? undefined : { id: after, born: 0 },
          after !== undefined,
        )
      },
      stop: (id, messageId) => {
        const node = open(id).nodes.get(messageId)
        if (node) node.stop = true
      },
    },
    stored: (id) => open(id).nodes,
    announceAll: () => {
      for (const listener of [...listeners]) listener({ all: true })
    },
    listConversations: ({
      projectId: project = projectId,
      shelves = ['pinned', 'open'],
      limit = 50,
      after,
    } = {}) =>
      run('list', project, () => {
        const rows = [...conversations.values()].filter(
          (kept) => kept.projectId === project && kept.nodes.size + (kept.title ? 1 : 0) > 0,
        )
        const sorted = (shelves as readonly Shelf[]).flatMap((shelf) =>
          rows
            .filter((kept) => shelfOf(kept) === shelf)
            .map(list)
            .sort((a, b) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)),
        )
        const start = after === undefined ? 0 : sorted.findIndex(({ id }) => id === after.id) + 1
        const rest = sorted.slice(start, start + limit)
        const last = rest.at(-1)
        const more = start + limit < sorted.length && last !== undefined
        return {
          conversations: rest,
          next: more ? { shelf: shelfOf(last), lastMessageAt: last.updatedAt, id: last.id } : null,
        }
      }),
    getConversation: (id) => run('get', id, () => (conversations.has(id) ? list(open(id)) : null)),
    latestConversation: (project = projectId) =>
      run('latest', project, () => {
        const rows = [...conversations.values()]
          .filter((kept) => kept.projectId === project && !kept.trashed)
          .map(list)
        return rows.sort((a, b) => b.updatedAt - a.updatedAt)[0] ?? null
      }),
    loadMessages: (id, query = {}) =>
      run('load', id, () =>
        page(conversations.get(id) ?? { ...open(id), revision: 0 }, query as Parameters<typeof page>[1]),
      ),
    createConversation: ({ id = crypto.randomUUID(), projectId: project, title } = {}) =>
      run('create', id, () => {
        const kept = open(id, project)
        if (title !== undefined) kept.title = title
        changed(kept)
        return saved(kept)
      }),
    appendMessages: (id, messages, { projectId: project, after, fork = false } = {}) =>
      run(
        'append',
        `${id} ${messages.map((m) => toInput(m).message.id).join()}${fork ? ' fork' : ''}`,
        () => {
          const kept = open(id, project)
          return saved(kept, append(kept, messages.map(toInput), after, fork))
        },
      ),
    saveMessages: (id, messages, { projectId: project } = {}) =>
      run('save', `${id} ${messages.map((m) => toInput(m).message.id).join()}`, () => {
        const kept = open(id, project)
        let parent: string | null = null
        const written: Node[] = []
        for (const input of messages.map(toInput)) {
          const known = kept.nodes.get(input.message.id)
          const isSame =
            known !== undefined && JSON.stringify(known.message) === JSON.stringify(input.message)
          if (!isSame) written.push(write(kept, input, parent))
          parent = input.message.id
        }
        if (parent !== null) kept.leafId = parent
        changed(kept)
        return saved(kept, written)
      }),
    editMessage: (id, message) =>
      run('edit', `${id} ${toInput(message).message.id}`, () => {
        const kept = open(id)
        const node = write(kept, toInput(message), null)
        changed(kept)
        return saved(kept, [node])
      }),
    removeMessage: (id, messageId) => command('remove', (kept) => void kept.nodes.delete(messageId))(id),
    selectLeaf: (id, messageId) =>
      command('selectLeaf', (kept) => {
        kept.leafId = messageId
      })(id, messageId),
    importConversations: () => Promise.reject(new ChatkeepError('rpc/unsupported', 'not in the fake')),
    renameConversation: (id, title) =>
      command('rename', (kept) => {
        kept.title = title
      })(id, title),
    addTag: command('addTag', () => {}),
    removeTag: command('removeTag', () => {}),
    archiveConversation: flag('archive', 'archived'),
    pinConversation: flag('pin', 'pinned'),
    deleteConversation: command('delete', (kept) => {
      kept.trashed = true
    }),
    restoreConversation: command('restore', (kept) => {
      kept.trashed = false
    }),
    clearProject: () => Promise.reject(new ChatkeepError('rpc/unsupported', 'not in the fake')),
    startDraft: writer,
    stopDraft: (id, messageId) =>
      run('stopDraft', `${id} ${messageId}`, () => {
        const node = open(id).nodes.get(messageId)
        if (node) node.stop = true
      }),
    saveComposer: (id, text) => run('saveComposer', id, () => void composers.set(id, text)),
    loadComposer: (id) => run('loadComposer', id, () => composers.get(id) ?? ''),
    getSetting: (name) => run('getSetting', name, () => settings.get(name)),
    setSetting: (name, value) => run('setSetting', name, () => void settings.set(name, value)),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    onStatus(listener) {
      statusListeners.add(listener)
      return () => void statusListeners.delete(listener)
    },
    syncNow: () => run('syncNow', '', () => status.sync),
    listQuarantined: async () => [],
    retryQuarantined: async () => {},
    setAccount: async (accountId) => {
      status = { ...status, accountId }
      conversations.clear()
      for (const listener of statusListeners) listener(status)
      for (const listener of [...listeners]) listener({ all: true })
    },
    applyUpdate: async () => {},
    requestPersistence: async () => true,
    unregister: async () => {},
    close: async () => {},
  }
}
