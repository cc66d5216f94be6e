import type { CloudSettings, Session } from '../domain/host-service.ts'
import { jsonEquals } from '../domain/json.ts'
import {
  type AccountRegistry,
  accountDatabaseName,
  isOvertaken,
  isSameCloud,
  mayBeTheLastCloud,
  nextAnonymousName,
  openAccountRegistry,
  type Registry,
  type RegistryEntry,
  withAdoptions,
  withEntry,
} from './account-registry.ts'
import { adoptableOf } from './adoptable.ts'
import { isMissing, prepareDatabase } from './database-home.ts'
import type { DatabaseState } from './database-state.ts'
import type { Engine } from './engine.ts'
import type { HostPorts } from './host-ports.ts'
import { offerEverything } from './outbox.ts'
import { createRemovals, withRemovals } from './removals.ts'
import { createAdoptions } from './resume-adoptions.ts'

/** Which database a browser shows, and what becomes of the others, for one base name. */
export type Accounts = {
  readonly registry: AccountRegistry
  openSession(): Promise<Session>
  /** Answers whether anything changed. */
  configureCloud(cloud: CloudSettings): Promise<boolean>
  /** `askedAt`: when the page asked for it, by the clock of this device. */
  signedIn(accountId: string, adopt: boolean | undefined, askedAt: number | undefined): Promise<Session>
  signedOut(remove: boolean): Promise<Session>
  /** Answers when an answer ends that one of them waits for. */
  resumeAdoptions(): Promise<number | null>
  /** Every database, or only the one that is named; the registry goes with the last. Answers whether nothing is left. */
  removeEverything(only: string | undefined): Promise<boolean>
}

type AccountsPorts = HostPorts & {
  readonly baseName: string
  readonly openEngine: (name: string, create: boolean) => Promise<Engine>
  readonly closeEngine: (name: string) => Promise<void>
}

export async function createAccounts(ports: AccountsPorts): Promise<Accounts> {
  const { baseName, storage, clock, events, openEngine, closeEngine } = ports
  const registry = await openAccountRegistry(storage, baseName)
  const resumeAdoptions = createAdoptions({ ...ports, registry, prepare })
  const removals = createRemovals({ ...ports, registry })

  const find = (from: Registry, name: string | null): RegistryEntry | undefined =>
    from.databases.find((entry) => entry.name === name)

  /** Makes a listed database, or makes it what its entry says again. */
  async function prepare({ name, accountId, state }: RegistryEntry): Promise<void> {
    const closed = state === 'closed' ? ({ kind: 'closed' } as const) : null
    const saidSo = await prepareDatabase(storage, name, { baseName, accountId }, closed)
    if (!saidSo) await closeEngine(name) // One that was opened in between took it for somebody else's.
  }

  async function openSession(): Promise<Session> {
    const known = await registry.read()
    // What a sign-out left behind. What the storage refuses now is tried again the next time.
    if (known.databases.some(({ state }) => state === 'removing')) await removals.finish().catch(() => {})
    return find(known, known.current)?.state === 'open' ? sessionOf(known) : enterAnonymous((now) => now)
  }

  /** The session after a change that leaves none: in an anonymous database that is there and not on its way into an account, or a new one. */
  async function enterAnonymous(change: (registry: Registry) => Registry): Promise<Session> {
    const entered = await registry.update((before) => {
      const now = change(before)
      if (find(now, now.current)?.state === 'open') return now
      const adopting = new Set(now.adoptions.map(({ from }) => from))
      const waiting = now.databases.find(
        ({ name, accountId, state }) => accountId === null && state === 'open' && !adopting.has(name),
      )
      const name = waiting?.name ?? nextAnonymousName(now, baseName)
      return { ...withEntry(now, { name, accountId: null, state: 'open' }), current: name }
    })
    return sessionOf(entered)
  }

  /** The session as it is listed, once its database is there and open: whoever entered or left it may have died in between. */
  async function sessionOf(known: Registry): Promise<Session> {
    const entry = find(known, known.current)
    if (entry === undefined) return enterAnonymous((now) => now)
    const state = await stateOf(entry)
    // Signing out closes a database before it is listed as closed; nobody enters one that moves into an account.
    const isLeft =
      state === 'closed' || (state === 'moved' && known.adoptions.some(({ from }) => from === entry.name))
    if (isLeft) return enterAnonymous((now) => leave(now, entry))
    // An evicted database is made anew, empty: its account pulls it from the cloud again.
    if (state !== 'ready') await prepare(entry)
    return {
      database: entry.name,
      accountId: entry.accountId,
      adoptable: await adoptableOf(known, openEngine),
    }
  }

  const leave = (now: Registry, { name, accountId }: RegistryEntry): Registry => ({
    ...(accountId === null ? now : withEntry(now, { name, accountId, state: 'closed' })),
    current: now.current === name ? null : now.current,
  })

  async function stateOf(
    entry: RegistryEntry,
  ): Promise<'ready' | 'unprepared' | 'missing' | 'closed' | 'moved'> {
    try {
      const { database } = await openEngine(entry.name, false)
      return await database.read(['settings'], async (tx) => {
        const state = (await tx.get('settings', 'state'))?.value as DatabaseState | undefined
        if (state !== undefined) return state.kind
        return (await tx.get('settings', 'home')) === undefined ? 'unprepared' : 'ready'
      })
    } catch (error) {
      if (isMissing(error)) return 'missing'
      throw error
    }
  }

  async function signedIn(
    accountId: string,
    adopt: boolean | undefined,
    askedAt: number | undefined,
  ): Promise<Session> {
    const before = await registry.read()
    if (isOvertaken(before, askedAt)) return openSession()
    const current = find(before, before.current)
    const isSame = current?.accountId === accountId && current.state === 'open'
    if (isSame && adopt !== true) {
      await resumeAdoptions()
      return sessionOf(await registry.read())
    }
    const name = accountDatabaseName(baseName, accountId)
    if (find(before, name)?.state === 'removing') await removals.finish()
    // Open before it is listed as open: one that is closed but listed as open was being signed out of.
    await prepare({ name, accountId, state: 'open' })
    await registry.update((now) => {
      const isFirstEver = !now.databases.some((entry) => entry.accountId !== null)
      const entered = { ...withEntry(now, { name, accountId, state: 'open' }), current: name }
      return (adopt ?? isFirstEver) ? withAdoptions(entered, name) : entered
    })
    await resumeAdoptions()
    events.publish({ type: 'accountChanged', database: name })
    return sessionOf(await registry.read())
  }

  async function signedOut(remove: boolean): Promise<Session> {
    const before = await registry.read()
    const leaving = find(before, before.current)
    if (leaving === undefined || leaving.accountId === null) {
      await removals.finish()
      return sessionOf(before)
    }
    const engine = await openEngine(leaving.name, false).catch(() => undefined)
    await engine?.database.command('strict', (unit) =>
      unit.tx.put('settings', { name: 'state', value: { kind: 'closed' } }).then(() => undefined),
    )
    await closeEngine(leaving.name)
    const isLeaving = ({ name }: RegistryEntry) => remove && name === leaving.name
    const session = await enterAnonymous((now) =>
      withRemovals({ ...leave(now, leaving), leftAt: clock.now() }, isLeaving),
    )
    await removals.finish()
    events.publish({ type: 'accountChanged', database: leaving.name })
    return session
  }

  async function configureCloud(cloud: CloudSettings): Promise<boolean> {
    const before = await registry.read()
    if (jsonEquals(before.cloud, cloud)) return false
    if (!isSameCloud(before.cloud, cloud) && cloud !== null) {
      // Those of accounts that signed out, too: they are synced when their accounts come back.
      const kept = before.databases.filter(({ state }) => state === 'open' || state === 'closed')
      for (const { name } of kept) await beginAnew(name, mayBeTheLastCloud(before, cloud))
    }
    await registry.update((now) => ({ ...now, cloud, formerCloud: now.cloud ?? now.formerCloud }))
    return true
  }

  async function beginAnew(name: string, keepsWaits: boolean): Promise<void> {
    const engine = await openEngine(name, false).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (engine !== undefined) await offerEverything(engine.database, keepsWaits)
  }

  return {
    registry,
    openSession,
    configureCloud,
    signedIn,
    signedOut,
    resumeAdoptions,
    async removeEverything(only) {
      const isMeant = ({ name }: RegistryEntry) => only === undefined || name === only
      const { databases } = await registry.update((now) => withRemovals(now, isMeant))
      await removals.finish()
      if (databases.some(({ state }) => state === 'open' || state === 'closed')) return false
      await registry.close()
      await storage.remove(registry.name)
      return true
    },
  }
}
