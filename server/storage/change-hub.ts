/** In-process registry of who wants to know about which key. */
export type ChangeHub = {
  publish(key: string): void
  publishAll(): void
  subscribe(key: string, changed: () => void): () => void
}

export function createChangeHub(): ChangeHub {
  const listenersByKey = new Map<string, Set<() => void>>()

  function publish(key: string) {
    for (const changed of [...(listenersByKey.get(key) ?? [])]) changed()
  }

  function subscribe(key: string, changed: () => void) {
    // A function of its own, so that the same callback may be subscribed twice.
    const listener = () => changed()
    const listeners = listenersByKey.get(key) ?? new Set()
    listenersByKey.set(key, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && listenersByKey.get(key) === listeners) listenersByKey.delete(key)
    }
  }

  return {
    publish,
    subscribe,
    publishAll() {
      for (const key of [...listenersByKey.keys()]) publish(key)
    },
  }
}
