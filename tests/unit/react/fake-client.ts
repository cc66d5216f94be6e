import type { ChatkeepClient, ClientStatus, ConversationChange, Saved } from '../../../src/client/api.ts'
import { toInput } from '../../../src/client/app-message.ts'
import type { Conflict } from '../../../src/domain/conflict.ts'
import { type Shelf, shelfOf } from '../../../src/domain/conversation.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import type { ChatMessage } from '../../../src/domain/message.ts'
import type { StoredMessage } from '../../../src/domain/service/message-page.ts'
import { changeSyncSettings, DEFAULT_SYNC_SETTINGS } from '../../../src/domain/sync-settings.ts'
import {
  appendNodes,
  createFakeConversation,
  type FakeConversation,
  metadataOf,
  type Node,
  pageOf,
  saveNodes,
  writeNode,
} from './fake-conversation.ts'
import { createFakeDraft } from './fake-draft.ts'

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
    conflict(conflict: Conflict): void
  }
  /** All stored messages, drafts included, by id. */
  stored(conversationId: string): ReadonlyMap<string, StoredMessage>
}

export const SYNCED_STATUS: ClientStatus = {
  rung: 'worker+indexeddb',
  degraded: null,
  accountId: null,
  adoptable: null,
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

export const CAPABILITIES = {
  serviceWorker: true,
  indexedDB: true,
  localStorage: true,
  webLocks: true,
  broadcastChannel: true,
  backgroundSync: false,
  persisted: undefined,
}

/** The public client over a Map. Every call takes a turn, answers clones and announces its change as the real one does. */
export function createFakeClient({ projectId = 'default', createdAt = 1_700_000_000_000 } = {}): FakeClient {
  const conversations = new Map<string, FakeConversation>()
  const composers = new Map<string, string>()
  const conflicts = new Map<string, readonly Conflict[]>()
  const settings = new Map<string, unknown>()
  const listeners = new Set<(change: ConversationChange | { readonly all: true }) => void>()
  const statusListeners = new Set<(status: ClientStatus) => void>()
  const held = new Map<string, Promise<void>>()
  const failing = new Map<string, ChatkeepError>()
  const calls: string[] = []
  let status = SYNCED_STATUS
  let syncSettings = DEFAULT_SYNC_SETTINGS

  return {
    projectId,
    calls,
    capabilities: CAPABILITIES,
    get status() {
      return status
    },
    hold(method) {
      const { promise, resolve } = Promise.withResolvers<void>()
      held.set(method, promise)
      return resolve
    },
    fail: (method, error) => void (error === undefined ? failing.delete(method) : failing.set(method, error)),
    setStatus,
    elsewhere: {
      append(id, messages, after) {
        const kept = open(id)
        const place = after === undefined ? undefined : { id: after, born: 0 }
        appendNodes(kept, messages.map(toInput), place, after !== undefined)
        changed(kept)
      },
      stop: markStopped,
      conflict(conflict) {
        conflicts.set(conflict.conversationId, [conflict])
        changed(open(conflict.conversationId))
      },
    },
    stored: (id) => open(id).nodes,

    listConversations: ({
      projectId: project = projectId,
      shelves = ['pinned', 'open'],
      limit = 50,
      after,
    } = {}) =>
      run('list', project, () => {
        const rows = [...conversations.values()].filter((kept) => kept.projectId === project)
        const sorted = (shelves as readonly Shelf[]).flatMap((shelf) =>
          rows
            .filter((kept) => shelfOf(kept) === shelf)
            .map(metadataOf)
            .sort(newestFirst),
        )
        const start = after === undefined ? 0 : sorted.findIndex(({ id }) => id === after.id) + 1
        const found = sorted.slice(start, start + limit)
        const last = found.at(-1)
        if (last === undefined || start + limit >= sorted.length) return { conversations: found, next: null }
        const next = { shelf: shelfOf(last), lastMessageAt: last.updatedAt, id: last.id }
        return { conversations: found, next }
      }),
    getConversation: (id) => run('get', id, () => (conversations.has(id) ? metadataOf(open(id)) : null)),
    latestConversation: (project = projectId) =>
      run('latest', project, () => {
        const rows = [...conversations.values()].filter((kept) => kept.projectId === project && !kept.trashed)
        return rows.map(metadataOf).sort(newestFirst)[0] ?? null
      }),
    listProjects: () =>
      run('projects', '', () =>
        [...new Set([...conversations.values()].map((kept) => kept.projectId))].sort(),
      ),
    loadMessages: (id, query = {}) =>
      run('load', id, () => pageOf(conversations.get(id) ?? createFakeConversation(id, projectId, 0), query)),

    createConversation: ({ id = crypto.randomUUID(), projectId: project, title } = {}) =>
      command('create', id, set({ title }), project),
    appendMessages: (id, messages, { projectId: project, after, fork = false } = {}) =>
      command(
        `append${fork ? ' fork' : ''}`,
        id,
        (kept) => appendNodes(kept, messages.map(toInput), after, fork),
        project,
      ),
    saveMessages: (id, messages, { projectId: project } = {}) =>
      command('save', id, (kept) => saveNodes(kept, messages.map(toInput)), project),
    editMessage: (id, message) => command('edit', id, (kept) => [writeNode(kept, toInput(message), null)]),
    removeMessage: (id, messageId) =>
      command('remove', id, (kept) => {
        kept.nodes.delete(messageId)
        return undefined
      }),
    selectLeaf: (id, messageId) => command('selectLeaf', id, set({ leafId: messageId })),
    conflicts: (id) => run('conflicts', id, () => conflicts.get(id) ?? []),
    resolveConflicts: (records) =>
      run('resolve', records.map(({ register }) => register).join(), () =>
        records.map(({ conversationId, register }) => {
          const left = (conflicts.get(conversationId) ?? []).filter((known) => known.register !== register)
          conflicts.set(conversationId, left)
          changed(open(conversationId))
          return 'resolved' as const
        }),
      ),
    renameConversation: (id, title) => command('rename', id, set({ title })),
    addTag: (id) => command('addTag', id, set({})),
    removeTag: (id) => command('removeTag', id, set({})),
    archiveConversation: (id, value = true) => command('archive', id, set({ archived: value })),
    pinConversation: (id, value = true) => command('pin', id, set({ pinned: value })),
    deleteConversation: (id, { forever = false } = {}) =>
      command(forever ? 'delete forever' : 'delete', id, (kept) => {
        if (forever) conversations.delete(id)
        return set({ trashed: true })(kept)
      }),
    restoreConversation: (id) => command('restore', id, set({ trashed: false })),
    importConversations: () => Promise.reject(new ChatkeepError('rpc/unsupported', 'not in the fake')),
    clearProject: () => Promise.reject(new ChatkeepError('rpc/unsupported', 'not in the fake')),

    startDraft: (id, { messageId, projectId: project, after, fork = false }) =>
      createFakeDraft({ kept: open(id, project), messageId, after, fork, run, changed, saved }),
    stopDraft: (id, messageId) => run('stopDraft', `${id} ${messageId}`, () => markStopped(id, messageId)),
    saveComposer: (id, text) => run('saveComposer', id, () => void composers.set(id, text)),
    loadComposer: (id) => run('loadComposer', id, () => composers.get(id) ?? ''),
    getRetention: async () => ({}),
    setRetention: async () => {},
    confirmAutomation: async () => {},
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
    syncProject: async () => ({ isComplete: true, error: null, pendingCount: 0 }),
    freeSpace: async () => ({ conversationCount: 0, bytes: 0 }),
    syncSettings: async () => syncSettings,
    async changeSyncSettings(change) {
      syncSettings = changeSyncSettings(syncSettings, change)
      return syncSettings
    },
    listQuarantined: async () => [],
    retryQuarantined: async () => {},
    async setAccount(accountId) {
      conversations.clear()
      setStatus({ accountId })
      for (const listener of [...listeners]) listener({ all: true })
    },
    applyUpdate: async () => {},
    requestPersistence: async () => true,
    unregister: async () => {},
    close: async () => {},
  }

  async function run<T>(method: string, what: string, work: () => T): Promise<T> {
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

  function command(
    method: string,
    id: string,
    write: (kept: FakeConversation) => readonly Node[] | undefined,
    project?: string,
  ): Promise<Saved> {
    const name = method.split(' ')[0] ?? method
    return run(name, `${method.slice(name.length)} ${id}`.trim(), () => {
      const kept = open(id, project)
      const written = write(kept)
      changed(kept)
      return saved(kept, written ?? [])
    })
  }

  function open(id: string, project = projectId): FakeConversation {
    const kept = conversations.get(id) ?? createFakeConversation(id, project, createdAt)
    conversations.set(id, kept)
    return kept
  }

  function changed(kept: FakeConversation): void {
    kept.revision++
    const { id: conversationId, projectId: project, revision } = kept
    queueMicrotask(() => {
      for (const listener of [...listeners]) listener({ conversationId, projectId: project, revision })
    })
  }

  function saved(kept: FakeConversation, written: readonly Node[]): Saved {
    return {
      conversationId: kept.id,
      revision: kept.revision,
      written: written.map(({ id, born, parentId }) => ({ id, born, parentId })),
      queued: true,
      synced: Promise.resolve(),
    }
  }

  function markStopped(id: string, messageId: string): void {
    const node = open(id).nodes.get(messageId)
    if (node) node.stop = true
  }

  function setStatus(change: Partial<ClientStatus>): void {
    status = { ...status, ...change }
    for (const listener of statusListeners) listener(status)
  }
}

const set = (change: Partial<FakeConversation>) => (kept: FakeConversation) => {
  Object.assign(kept, change)
  return undefined
}

const isSaved = (result: unknown): boolean =>
  typeof result === 'object' && result !== null && 'synced' in result

const newestFirst = (
  a: { readonly updatedAt: number; readonly id: string },
  b: { readonly updatedAt: number; readonly id: string },
) => b.updatedAt - a.updatedAt || (a.id < b.id ? 1 : -1)
