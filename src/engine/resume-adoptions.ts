import type { Events } from '../ports/events.ts'
import type { Locks } from '../ports/locks.ts'
import type { StorageFactory } from '../ports/storage.ts'
import { type AccountRegistry, type RegistryEntry, withEntry } from './account-registry.ts'
import { adopt } from './adoption.ts'
import { isMissing } from './database-home.ts'
import type { Engine } from './engine.ts'

type Adoption = { readonly from: string; readonly to: string }

/** Moves that were begun go on to where they were meant for, whoever is signed in now. Answers when an answer that one waits for ends. */
export function createAdoptions(parts: {
  readonly registry: AccountRegistry
  readonly storage: StorageFactory
  readonly events: Events
  readonly locks: Locks
  readonly openEngine: (name: string, create: boolean) => Promise<Engine>
  readonly closeEngine: (name: string) => Promise<void>
  /** Makes a listed database usable again: in the state that its entry says. */
  readonly prepare: (entry: RegistryEntry) => Promise<void>
}): () => Promise<number | null> {
  const { registry, storage, events, locks, openEngine, closeEngine, prepare } = parts

  async function openIfThere(name: string): Promise<Engine | undefined> {
    try {
      return await openEngine(name, false)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** The account's database, made anew when the browser evicted it. */
  async function openTarget(entry: RegistryEntry): Promise<Engine> {
    const known = await openIfThere(entry.name)
    if (known !== undefined) return known
    await prepare(entry)
    return openEngine(entry.name, false)
  }

  async function resume({ from, to }: Adoption): Promise<number | null> {
    const { adoptions, databases } = await registry.read()
    if (!adoptions.some((adoption) => adoption.from === from)) return null // Another host was quicker.
    const target = databases.find((entry) => entry.name === to)
    const source = await openIfThere(from)
    // One that is not there was moved, by a host that died before it could say so: its name does not come back.
    if (source !== undefined) {
      if (target === undefined || target.state === 'removing' || target.state === 'removed')
        return giveUp(from)
      const woken = await source.wake('timer').catch(() => undefined) // Refused once it is marked as moved.
      const isMoved = await adopt(source.database, (await openTarget(target)).database)
      if (!isMoved) return woken?.dueAt ?? null
      await closeEngine(from)
      await storage.remove(from)
    }
    await registry.update((now) => ({
      ...withEntry(now, { name: from, accountId: null, state: 'removed', movedTo: to }),
      adoptions: now.adoptions.filter((adoption) => adoption.from !== from),
    }))
    events.publish({ type: 'accountChanged', database: from })
    return null
  }

  /** The account was removed from this browser meanwhile: its conversations stay nobody's. */
  async function giveUp(from: string): Promise<null> {
    await prepare({ name: from, accountId: null, state: 'open' })
    await registry.update((now) => ({
      ...now,
      adoptions: now.adoptions.filter((adoption) => adoption.from !== from),
    }))
    return null
  }

  return async () => {
    const dues: number[] = []
    for (const adoption of (await registry.read()).adoptions) {
      try {
        const hold = () => resume(adoption)
        const dueAt = await locks.hold(`adopt:${adoption.from}`, { ifAvailable: true }, hold)
        if (typeof dueAt === 'number') dues.push(dueAt)
      } catch {
        // The originals are untouched and the move stays listed: the next wake-up tries it again. The other moves go on.
      }
    }
    return dues.length === 0 ? null : Math.min(...dues)
  }
}
