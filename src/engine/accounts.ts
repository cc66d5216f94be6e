import type { CloudSettings, Session } from '../domain/host-service.ts'
import { jsonEquals } from '../domain/json.ts'
import { CURSOR_ZERO } from '../domain/wire.ts'
import {
  type AccountRegistry,
  accountDatabaseName,
  nextAnonymousName,
  openAccountRegistry,
  type Registry,
  type RegistryEntry,
  withEntry,
} from './account-registry.ts'
import { adopt } from './adoption.ts'
import type { Engine } from './engine.ts'
import type { HostPorts } from './host-ports.ts'

/** Which database a browser shows, and what becomes of the others, for one base name. */
export type Accounts = {
  readonly registry: AccountRegistry
  openSession(): Promise<Session>
  /** Answers whether anything changed. */
  configureCloud(cloud: CloudSettings): Promise<boolean>
  signedIn(accountId: string, adoptAnonymous: boolean | undefined): Promise<Session>
  signedOut(): Promise<Session>
  resumeAdoptions(): Promise<void>
  /** Every database, or only the one that is named; the registry goes with the last. Answers whether nothing is left. */
  removeEverything(only: string | undefined): Promise<boolean>
  openNames(): Promise<readonly string[]>
}

type AccountsPorts = HostPorts & {
  readonly baseName: string
  readonly openEngine: (name: string, create: boolean) => Promise<Engine>
  readonly closeEngine: (name: string) => Promise<void>
}

export async function createAccounts(ports: AccountsPorts): Promise<Accounts> {
  const { baseName, storage, clock, events, locks, openEngine, closeEngine } = ports
  const registry = await openAccountRegistry(storage, baseName)

  const find = (from: Registry, name: string | null): RegistryEntry | undefined =>
    from.databases.find((entry) => entry.name === name)

  /** Lists a database as open and current, creates it, and writes into it whose it is. */
  async function enter(
    choose: (registry: Registry) => { name: string; accountId: string | null },
  ): Promise<Registry> {
    const entered = await registry.update((before) => {
      const { name, accountId } = choose(before)
      return { ...withEntry(before, { name, accountId, state: 'open' }), current: name }
    })
    const entry = find(entered, entered.current)
    if (entry === undefined) return entered
    const opened = await storage.open(entry.name)
    await opened.write(['settings'], 'strict', async (tx) => {
      await tx.put('settings', { name: 'home', value: { baseName, accountId: entry.accountId } })
      await tx.delete('settings', 'state')
    })
    await opened.close()
    return entered
  }

  async function openSession(): Promise<Session> {
    let known = await registry.read()
    if (find(known, known.current)?.state !== 'open') {
      known = await enter((before) => {
        const current = find(before, before.current)
        if (current?.state === 'open') return current
        return { name: nextAnonymousName(before, baseName), accountId: null }
      })
    }
    return sessionOf(known)
  }

  async function sessionOf(known: Registry): Promise<Session> {
    const entry = find(known, known.current)
    const database = entry?.name ?? baseName
    await ensureExists(entry)
    return { database, accountId: entry?.accountId ?? null, adoptable: await adoptableOf(known) }
  }

  /** An evicted database is made anew, empty: its account pulls it from the cloud again. */
  async function ensureExists(entry: RegistryEntry | undefined): Promise<void> {
    if (entry === undefined) return
    const exists = await openEngine(entry.name, false).then(
      () => true,
      () => false,
    )
    if (!exists) await enter(() => entry)
  }

  async function adoptableOf(known: Registry): Promise<Session['adoptable']> {
    if (find(known, known.current)?.accountId === null) return null
    const adopting = new Set(known.adoptions.map(({ from }) => from))
    const anonymous = known.databases.filter(
      ({ name, accountId, state }) => accountId === null && state === 'open' && !adopting.has(name),
    )
    for (const { name } of anonymous) {
      const conversationCount = await countConversations(name)
      if (conversationCount > 0) return { database: name, conversationCount }
    }
    return null
  }

  async function countConversations(name: string): Promise<number> {
    const engine = await openEngine(name, false).catch(() => undefined)
    return engine === undefined
      ? 0
      : engine.database.read(['conversations'], (tx) => tx.count('conversations'))
  }

  async function signedIn(accountId: string, adoptAnonymous: boolean | undefined): Promise<Session> {
    const before = await registry.read()
    const current = find(before, before.current)
    const isSame = current?.accountId === accountId && current.state === 'open'
    if (isSame && adoptAnonymous !== true) {
      await resumeAdoptions()
      return sessionOf(await registry.read())
    }
    const firstEver = !before.databases.some((entry) => entry.accountId !== null)
    const name = accountDatabaseName(baseName, accountId)
    await enter(() => ({ name, accountId }))
    const taken = adoptAnonymous ?? firstEver
    if (taken) {
      await registry.update((now) => {
        const from = now.databases.filter((entry) => entry.accountId === null && entry.state === 'open')
        const listed = new Set(now.adoptions.map((adoption) => adoption.from))
        const added = from
          .filter((entry) => !listed.has(entry.name))
          .map((entry) => ({ from: entry.name, to: name }))
        return { ...now, adoptions: [...now.adoptions, ...added] }
      })
    }
    await resumeAdoptions()
    events.publish({ type: 'accountChanged', database: name })
    return sessionOf(await registry.read())
  }

  async function signedOut(): Promise<Session> {
    const before = await registry.read()
    const leaving = find(before, before.current)
    if (leaving === undefined || leaving.accountId === null) return sessionOf(before)
    const engine = await openEngine(leaving.name, false).catch(() => undefined)
    await engine?.database.command('strict', (unit) =>
      unit.tx.put('settings', { name: 'state', value: { kind: 'closed' } }).then(() => undefined),
    )
    await closeEngine(leaving.name)
    const after = await registry.update((now) => withEntry(now, { ...leaving, state: 'closed' }))
    const waiting = after.databases.find(({ accountId, state }) => accountId === null && state === 'open')
    const entered = await enter(
      (now) => waiting ?? { name: nextAnonymousName(now, baseName), accountId: null },
    )
    events.publish({ type: 'accountChanged', database: leaving.name })
    return sessionOf(entered)
  }

  /** Moves that were begun go on to where they were meant for, whoever is signed in now. */
  async function resumeAdoptions(): Promise<void> {
    const { adoptions } = await registry.read()
    for (const { from, to } of adoptions) {
      await locks.hold(`adopt:${from}`, { ifAvailable: true }, () => resumeAdoption(from, to))
    }
  }

  async function resumeAdoption(from: string, to: string): Promise<void> {
    const source = await openEngine(from, false).catch(() => undefined)
    if (source !== undefined) {
      await source.wake('save').catch(() => undefined)
      const target = await openEngine(to, false)
      if (!(await adopt(source.database, target.database, clock))) return
      await closeEngine(from)
      await storage.remove(from)
    }
    await registry.update((now) => ({
      ...withEntry(now, { name: from, accountId: null, state: 'removed', movedTo: to }),
      adoptions: now.adoptions.filter((adoption) => adoption.from !== from),
    }))
    events.publish({ type: 'accountChanged', database: from })
  }

  async function configureCloud(cloud: CloudSettings): Promise<boolean> {
    const before = await registry.read()
    if (jsonEquals(before.cloud, cloud)) return false
    await registry.update((now) => ({ ...now, cloud }))
    if (before.cloud?.url !== cloud?.url && cloud !== null) {
      for (const { name, state } of before.databases) if (state === 'open') await offerEverything(name)
    }
    return true
  }

  /** What was written without this cloud was never queued for it: begin at zero and offer all of it. */
  async function offerEverything(name: string): Promise<void> {
    const engine = await openEngine(name, false).catch(() => undefined)
    await engine?.database.command('strict', async ({ tx }) => {
      for (const record of await tx.scan('sync_metadata')) {
        if (record.kind !== 'space' || !record.key.startsWith('s:')) continue
        await tx.put('sync_metadata', {
          ...record,
          cursor: CURSOR_ZERO,
          suspect: true,
          backoff: null,
          parked: null,
        })
      }
    })
  }

  async function isAnyLeftWithout(removed: string): Promise<boolean> {
    const { databases } = await registry.update((now) => ({
      ...now,
      current: now.current === removed ? null : now.current,
      databases: now.databases.map((entry) =>
        entry.name === removed ? { ...entry, state: 'removed' } : entry,
      ),
    }))
    return databases.some(({ state }) => state === 'open' || state === 'closed')
  }

  return {
    registry,
    openSession,
    configureCloud,
    signedIn,
    signedOut,
    resumeAdoptions,
    async removeEverything(only) {
      const { databases } = await registry.read()
      for (const { name } of databases) {
        if (only !== undefined && name !== only) continue
        await closeEngine(name)
        await storage.remove(name)
      }
      if (only !== undefined && (await isAnyLeftWithout(only))) return false
      await registry.close()
      await storage.remove(registry.name)
      return true
    },
    async openNames() {
      const { databases } = await registry.read()
      return databases.filter(({ state }) => state === 'open').map(({ name }) => name)
    },
  }
}
