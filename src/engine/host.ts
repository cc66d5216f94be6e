import { ChatkeepError } from '../domain/errors.ts'
import { parseHostArgument } from '../domain/host-arguments.ts'
import { type CloudSettings, HOST_METHODS, type HostService } from '../domain/host-service.ts'
import { jsonEquals } from '../domain/json.ts'
import type { WakeReason } from '../domain/sync-status.ts'
import { SCHEMA_VERSION } from '../ports/schema.ts'
import type { Storage } from '../ports/storage.ts'
import { baseNameOf, type RegistryEntry, registryName } from './account-registry.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import type { Home } from './database-home.ts'
import { movedAway } from './database-state.ts'
import { createEngine, type Engine } from './engine.ts'
import type { Host, HostPorts } from './host-ports.ts'
import { type OpenDatabase, openDatabase } from './open-database.ts'
import { createSync } from './sync/sync.ts'

/** Version of the messages between page and host. A host answers this major and the one before. */
export const HOST_PROTOCOL = 1

/** Runs an engine for every database that is asked for, and looks after accounts. */
export function createHost(ports: HostPorts): Host {
  const bootId = ports.random.id()
  const enginesByName = new Map<string, Promise<Engine>>()
  const accountsByBase = new Map<string, Promise<Accounts>>()
  const cloudByBase = new Map<string, CloudSettings>()

  function accountsOf(baseName: string): Promise<Accounts> {
    const known = accountsByBase.get(baseName)
    if (known !== undefined) return known
    const opening = createAccounts({ ...ports, baseName, openEngine, closeEngine }).catch(
      (error: unknown) => {
        accountsByBase.delete(baseName)
        throw error
      },
    )
    accountsByBase.set(baseName, opening)
    return opening
  }

  function openEngine(name: string, create: boolean): Promise<Engine> {
    const known = enginesByName.get(name)
    if (known !== undefined) return known
    const opening = makeEngine(name, create).catch((error: unknown) => {
      if (enginesByName.get(name) === opening) enginesByName.delete(name)
      throw error
    })
    enginesByName.set(name, opening)
    return opening
  }

  async function makeEngine(name: string, create: boolean): Promise<Engine> {
    const storage = await ports.storage.open(name, { create }).catch(async (error: unknown) => {
      if (!(error instanceof ChatkeepError) || error.code !== 'input/not-found') throw error
      throw (await movedError(name)) ?? removedError(name, error)
    })
    try {
      return await engineOn(storage)
    } catch (error) {
      await storage.close()
      throw error
    }
  }

  async function engineOn(storage: Storage): Promise<Engine> {
    const { name } = storage
    const home = await storage.read(['settings'], (tx) => tx.get('settings', 'home'))
    const known = (home?.value as Home | undefined) ?? (await homeInRegistry(name))
    if (known === undefined) {
      await storage.close()
      throw removedError(name)
    }
    const { baseName, accountId } = known
    const cloud = await cloudOf(baseName)
    const database: OpenDatabase = await openDatabase({
      ...ports,
      storage,
      hasCloud: () => cloudNow(baseName) !== null,
    })
    const sync = createSync({
      ...ports,
      database,
      accountId,
      network: cloud === null ? null : ports.network(cloud),
      isPlain: cloud?.dialect === 'plain',
    })
    return createEngine({ ...ports, database, sync })
  }

  /**
   * Of a database that is being made right now, by another call or context, and does not yet say it itself. Undefined for one
   * that is not listed: a registry, or somebody else's.
   */
  async function homeInRegistry(name: string): Promise<Home | undefined> {
    const entry = await listed(name)
    return entry && { baseName: baseNameOf(name), accountId: entry.accountId }
  }

  async function listed(name: string): Promise<RegistryEntry | undefined> {
    const baseName = baseNameOf(name)
    if (!(await ports.storage.list()).includes(registryName(baseName))) return undefined
    const { databases } = await (await accountsOf(baseName)).registry.read()
    return databases.find((entry) => entry.name === name)
  }

  /** Where the conversations of a database went that was adopted and deleted. */
  async function movedError(name: string): Promise<ChatkeepError | undefined> {
    const movedTo = (await listed(name))?.movedTo
    return movedTo === undefined ? undefined : movedAway(name, movedTo)
  }

  const cloudNow = (baseName: string): CloudSettings => cloudByBase.get(baseName) ?? null

  async function cloudOf(baseName: string): Promise<CloudSettings> {
    const known = cloudByBase.get(baseName)
    if (known !== undefined) return known
    const { cloud } = await (await accountsOf(baseName)).registry.read()
    if (!cloudByBase.has(baseName)) cloudByBase.set(baseName, cloud) // A page may have told it meanwhile.
    return cloudNow(baseName)
  }

  async function closeEngines(baseName: string): Promise<void> {
    for (const name of [...enginesByName.keys()]) if (baseNameOf(name) === baseName) await closeEngine(name)
  }

  async function closeEngine(name: string): Promise<void> {
    const engine = enginesByName.get(name)
    enginesByName.delete(name)
    await (await engine?.catch(() => undefined))?.close()
  }

  async function callEngine(name: string, method: string, argument: unknown): Promise<unknown> {
    const opening = openEngine(name, false)
    const engine = await opening
    try {
      return await engine.call(method, argument)
    } catch (error) {
      // Closed under this call, which had no effect or one that is not repeated: by a change of the cloud, or because another context
      // removed the database. Then the next opening says where it went.
      if (!(error instanceof ChatkeepError) || error.code !== 'storage/unavailable') throw error
      if (enginesByName.get(name) === opening) await closeEngine(name)
      return (await openEngine(name, false)).call(method, argument)
    }
  }

  const methods: HostService = {
    hello: async () => ({ protocol: HOST_PROTOCOL, schema: SCHEMA_VERSION, build: ports.build, bootId }),
    openSession: async ({ baseName }) => (await accountsOf(baseName)).openSession(),
    async configureCloud({ baseName, cloud }) {
      // Another tab may have changed it, under engines that this host made for the cloud before.
      const isKnown = cloudByBase.has(baseName) && jsonEquals(cloudNow(baseName), cloud)
      // From now on what is saved here is queued for it, also if the storage refuses to note it: nobody would offer it later.
      if (cloud !== null) cloudByBase.set(baseName, cloud)
      let isChanged = true
      try {
        isChanged = await (await accountsOf(baseName)).configureCloud(cloud)
        cloudByBase.set(baseName, cloud)
      } finally {
        if (isChanged || !isKnown) await closeEngines(baseName)
      }
    },
    signedIn: async ({ baseName, accountId, adopt }) =>
      (await accountsOf(baseName)).signedIn(accountId, adopt),
    signedOut: async ({ baseName, remove }) => (await accountsOf(baseName)).signedOut(remove === true),
    async removeEverything({ baseName, only }) {
      const accounts = await accountsOf(baseName)
      let isOver = true // Also when it failed half way: what is left is read again.
      try {
        isOver = await accounts.removeEverything(only)
      } finally {
        if (isOver) accountsByBase.delete(baseName)
        if (isOver) cloudByBase.delete(baseName)
      }
    },
  }

  async function wake(reason: WakeReason): Promise<{ dueAt: number | null; settled: boolean }> {
    const dues: number[] = []
    let settled = true
    for (const baseName of await knownBases()) {
      const accounts = await accountsOf(baseName)
      const adoptionDueAt = await accounts.resumeAdoptions()
      if (adoptionDueAt !== null) dues.push(adoptionDueAt)
      const { database } = await accounts.openSession()
      const woken = await (await openEngine(database, false)).wake(reason)
      if (woken.dueAt !== null) dues.push(woken.dueAt)
      settled &&= woken.settled
    }
    return { dueAt: dues.length === 0 ? null : Math.min(...dues), settled }
  }

  async function knownBases(): Promise<readonly string[]> {
    const suffix = registryName('')
    const stored = (await ports.storage.list()).filter((name) => name.endsWith(suffix))
    return [...new Set([...accountsByBase.keys(), ...stored.map((name) => name.slice(0, -suffix.length))])]
  }

  return {
    async call({ database, method, argument }) {
      if (database !== null) return callEngine(database, method, argument)
      const known = HOST_METHODS.find((name) => name === method)
      if (known === undefined) {
        throw new ChatkeepError(
          'rpc/unsupported',
          `This build knows no method ${method}. Nothing was done; reload the page.`,
          {
            details: { method },
          },
        )
      }
      const run = methods[known] as (argument: unknown) => Promise<unknown>
      return run(parseHostArgument(known, argument))
    },
    wake,
    async close() {
      for (const name of [...enginesByName.keys()]) await closeEngine(name)
      for (const accounts of accountsByBase.values()) await (await accounts).registry.close()
      accountsByBase.clear()
    },
  }
}

function removedError(name: string, cause?: unknown): ChatkeepError {
  return new ChatkeepError(
    'account/removed',
    `The database ${name} is not there any more. Nothing was written; ask for the current session and repeat the call.`,
    { retryable: true, details: { database: name }, cause },
  )
}

export type { Host, HostPorts } from './host-ports.ts'
