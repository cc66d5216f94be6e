import { createHash } from 'node:crypto'
import type { MutationId } from '../../src/domain/ids.ts'
import type { MessageInput } from '../../src/domain/service/message-commands.ts'
import type { ConversationService } from '../../src/domain/service.ts'
import { DEFAULT_SYNC_SETTINGS } from '../../src/domain/sync-settings.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import type { FoldLimits } from '../../src/engine/fold-limits.ts'
import { openDatabase } from '../../src/engine/open-database.ts'
import type { Sync } from '../../src/engine/sync/sync.ts'
import type { ChangeEvent, Events } from '../../src/ports/events.ts'
import type { Locks } from '../../src/ports/locks.ts'
import type { Hashing, Random } from '../../src/ports/random.ts'
import type { StorageFactory } from '../../src/ports/storage.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'

/** A clock that stands still until a test moves it; timers fire when time passes them. */
export function aClock(startMs = Date.UTC(2026, 0, 1)) {
  let now = startMs
  let timers: { at: number; callback: () => void }[] = []
  return {
    now: () => now,
    setTimer(callback: () => void, delayMs: number) {
      const timer = { at: now + delayMs, callback }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    set(time: number) {
      now = time
    },
    advance(ms: number) {
      now += ms
      const due = timers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
      timers = timers.filter((timer) => !due.includes(timer))
      for (const { callback } of due) callback()
    },
  }
}

export const nodeHashing: Hashing = {
  hash: (text) => createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url'),
}

/** Repeatable randomness. */
export function aRandom(seed = 1): Random {
  let state = seed
  let count = 0
  return {
    number() {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
      return state / 2 ** 32
    },
    id: () => nodeHashing.hash(`${seed}:${count++}`),
  }
}

/** Announcements of one process; `published` keeps them for looking. */
export function anEventBus(): Events & { readonly published: ChangeEvent[] } {
  const listeners = new Set<(event: ChangeEvent) => void>()
  const published: ChangeEvent[] = []
  return {
    published,
    publish(event) {
      published.push(event)
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function someLocks(): Locks & { readonly held: Set<string> } {
  const held = new Set<string>()
  return {
    held,
    acrossContexts: false,
    async hold(name, _options, work) {
      if (held.has(name)) return undefined
      held.add(name)
      try {
        return await work()
      } finally {
        held.delete(name)
      }
    },
  }
}

const NO_SYNC: Sync = {
  canFetch: false,
  drain: async () => ({ dueAt: null, settled: true }),
  status: async () => ({
    state: 'off',
    pendingCount: 0,
    oldestPendingAt: null,
    quarantinedCount: 0,
    lastError: null,
    nextAttemptAt: null,
    lastSuccessAt: null,
    attempt: 0,
  }),
  cloudTime: () => ({ kind: 'no-cloud' }),
  syncNow: () => NO_SYNC.status(),
  listQuarantined: async () => [],
  retryQuarantined: async () => undefined,
  isPending: async () => false,
  syncProject: async () => ({ isComplete: true, error: null, pendingCount: 0 }),
  fetchConversation: async () => ({ isHere: true }),
  settings: async () => DEFAULT_SYNC_SETTINGS,
  changeSettings: async () => DEFAULT_SYNC_SETTINGS,
}

export type TestEngine = Engine &
  ConversationService & {
    readonly clock: ReturnType<typeof aClock>
    readonly events: ReturnType<typeof anEventBus>
    readonly locks: ReturnType<typeof someLocks>
    readonly storage: StorageFactory
    mutation(): MutationId
  }

/** An engine on memory, without a cloud; `storage` may be shared by several to play a restart. */
export async function anEngine(
  options: {
    storage?: StorageFactory
    clock?: ReturnType<typeof aClock>
    name?: string
    hasCloud?: boolean
    seed?: number
    foldLimits?: FoldLimits
  } = {},
): Promise<TestEngine> {
  const storage = options.storage ?? createMemoryStorage()
  const clock = options.clock ?? aClock()
  const random = aRandom(options.seed ?? 1)
  const events = anEventBus()
  const locks = someLocks()
  const database = await openDatabase({
    storage: await storage.open(options.name ?? 'test'),
    clock,
    random,
    hashing: nodeHashing,
    events,
    hasCloud: () => options.hasCloud ?? true,
    ...(options.foldLimits === undefined ? {} : { foldLimits: options.foldLimits }),
  })
  const engine = createEngine({ database, sync: NO_SYNC, clock, locks })
  const service = new Proxy({} as ConversationService, {
    get: (_target, method: string) => (argument: unknown) => engine.call(method, argument),
  })
  let mutations = 0
  return new Proxy({ ...engine, clock, events, locks, storage } as unknown as TestEngine, {
    get(target, key: string) {
      if (key === 'then') return undefined
      if (key === 'mutation')
        return () => `mutation-${options.seed ?? 1}-${String(++mutations).padStart(4, '0')}`
      return key in target ? target[key as keyof TestEngine] : service[key as keyof ConversationService]
    },
  })
}

/** A message as AI SDK makes it. */
export function aMessage(id: string, text = `text of ${id}`, role = 'user'): MessageInput {
  return { message: { id, role, parts: [{ type: 'text', text }] } }
}

/** Question and answer in turn. */
export function someMessages(count: number, prefix = 'm'): MessageInput[] {
  return Array.from({ length: count }, (_, index) =>
    aMessage(`${prefix}${index}`, `text ${index}`, index % 2 === 0 ? 'user' : 'assistant'),
  )
}
