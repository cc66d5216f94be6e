import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { ChatkeepClient, ConversationChange } from '../client/api.ts'
import type { ChatkeepError } from '../domain/errors.ts'
import { type ClientSource, toChatkeepError } from './client-source.ts'

/** A value that is read again after each change that concerns it. */
export type LiveState<T> = {
  readonly value: T
  /** True until the first answer, good or bad. */
  readonly isLoading: boolean
  /** Why the last read failed; the value is then the last good one. */
  readonly error: ChatkeepError | null
}

export type LiveQuery<T> = {
  getState(): LiveState<T>
  subscribe(listener: () => void): () => void
  /** Reads again. Calls during a read lead to one more read after it. Never rejects. */
  refresh(): Promise<void>
  /** Reads again, one page more than before. */
  grow(): Promise<void>
  /** Follows changes until the returned function is called. */
  follow(source: ClientSource): () => void
}

export type LiveQueryOptions<T> = {
  readonly initial: T
  /** How many more rows each `grow` asks for, and the first read. */
  readonly pageSize: number
  readonly load: (client: ChatkeepClient, count: number) => Promise<T>
  readonly concerns: (change: ConversationChange) => boolean
  /** Whether an answer may replace what is shown: an older revision may not. */
  readonly mayReplace?: (next: T, shown: T) => boolean
}

export function createLiveQuery<T>(options: LiveQueryOptions<T>): LiveQuery<T> {
  const { initial, pageSize, load, concerns, mayReplace } = options
  let state: LiveState<T> = { value: initial, isLoading: true, error: null }
  let client: ChatkeepClient | null = null
  let count = pageSize
  let reading: Promise<void> | null = null
  /** False from the moment of its last look on, which is a little before the promise is settled. */
  let isReading = false
  let isStale = false
  let accountId: string | null | undefined
  const listeners = new Set<() => void>()

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    refresh,
    grow() {
      count += pageSize
      return refresh()
    },
    follow,
  }

  function follow(source: ClientSource): () => void {
    let unsubscribe = () => {}
    let stopped = false
    source.ready.then(
      (ready) => {
        if (stopped) return
        client = ready
        unsubscribe = ready.subscribe((change) => {
          if ('all' in change || concerns(change)) void refreshFor(ready)
        })
        void refreshFor(ready)
      },
      (error: unknown) => {
        if (!stopped) set({ ...state, isLoading: false, error: toChatkeepError(error) })
      },
    )
    return () => {
      stopped = true
      client = null
      unsubscribe()
    }
  }

  /** Another account means another database: nothing of the one before stays on screen. */
  function refreshFor({ status }: ChatkeepClient): Promise<void> {
    if (accountId !== undefined && accountId !== status.accountId) {
      set({ value: initial, isLoading: true, error: null })
    }
    accountId = status.accountId
    return refresh()
  }

  async function refresh(): Promise<void> {
    isStale = true
    if (!isReading) reading = readUntilFresh()
    await reading
  }

  async function readUntilFresh(): Promise<void> {
    isReading = true
    try {
      while (isStale && client !== null) {
        isStale = false
        await readOnce(client)
      }
    } finally {
      isReading = false
    }
  }

  async function readOnce(asked: ChatkeepClient): Promise<void> {
    try {
      const askedFor = asked.status.accountId
      const value = await load(asked, count)
      if (client !== asked || asked.status.accountId !== askedFor) return
      const isNewer = mayReplace === undefined || mayReplace(value, state.value)
      set({ value: isNewer ? value : state.value, isLoading: false, error: null })
    } catch (error) {
      if (client === asked) set({ ...state, isLoading: false, error: toChatkeepError(error) })
    }
  }

  function set(next: LiveState<T>): void {
    state = next
    for (const listener of [...listeners]) listener()
  }
}

/** One live query per client and key, followed while the component is mounted. The key names everything that `options` close over. */
export function useLiveQuery<T>(
  source: ClientSource,
  key: string,
  options: () => LiveQueryOptions<T>,
): readonly [LiveState<T>, LiveQuery<T>] {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for what the options close over.
  const query = useMemo(() => createLiveQuery(options()), [source, key])
  useEffect(() => query.follow(source), [query, source])
  const state = useSyncExternalStore(query.subscribe, query.getState, query.getState)
  return [state, query]
}
