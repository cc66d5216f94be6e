import type { Locks } from '../ports/locks.ts'
import type { StorageFactory } from '../ports/storage.ts'
import type { AccountRegistry, Registry, RegistryEntry } from './account-registry.ts'

/** Deletes databases that somebody asked to remove. That is noted before it is done: whoever dies in between has left it to the next one. */
export type Removals = {
  /** Deletes what is noted, also by others. Rejects when the storage refuses; what is left stays noted. */
  finish(): Promise<void>
}

/** The registry with databases that are to be deleted: nobody is in one, and no late call or move makes one again. */
export function withRemovals(registry: Registry, isMeant: (entry: RegistryEntry) => boolean): Registry {
  const databases = registry.databases.map((entry) =>
    isMeant(entry) ? ({ ...entry, state: 'removing' } as const) : entry,
  )
  const isCurrentMeant = databases.some(
    ({ name, state }) => name === registry.current && state === 'removing',
  )
  return { ...registry, current: isCurrentMeant ? null : registry.current, databases }
}

export function createRemovals(parts: {
  readonly registry: AccountRegistry
  readonly storage: StorageFactory
  readonly locks: Locks
  readonly closeEngine: (name: string) => Promise<void>
}): Removals {
  const { registry, storage, locks, closeEngine } = parts

  const isLeft = ({ databases }: Registry, name: string) =>
    databases.some((entry) => entry.name === name && entry.state === 'removing')

  /** Under a lock: its account may come back, and a slower one must not delete what was made for it. */
  async function remove(name: string): Promise<void> {
    if (!isLeft(await registry.read(), name)) return
    await closeEngine(name)
    await storage.remove(name)
    await registry.update((now) => ({
      ...now,
      databases: now.databases.map((entry) =>
        entry.name === name && entry.state === 'removing' ? { ...entry, state: 'removed' } : entry,
      ),
    }))
  }

  return {
    async finish() {
      const { databases } = await registry.read()
      for (const { name, state } of databases)
        if (state === 'removing') await locks.hold(`remove:${name}`, {}, () => remove(name))
    },
  }
}
