/** Mutual exclusion between contexts of one origin (Web Locks), or within one context where those are missing. */
export interface Locks {
  /** Runs `work` while the lock is held. With `ifAvailable` answers undefined at once, without running it, when another holds it. */
  hold<T>(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    work: () => Promise<T>,
  ): Promise<T | undefined>
  /** False when the lock excludes only this context. */
  readonly acrossContexts: boolean
}
