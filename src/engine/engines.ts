import { ChatkeepError } from '../domain/errors.ts'
import type { CloudSettings } from '../domain/host-service.ts'
import type { Storage } from '../ports/storage.ts'
import { baseNameOf, type RegistryEntry, registryName } from './account-registry.ts'
import type { Accounts } from './accounts.ts'
import type { Home } from './database-home.ts'
import { movedAway } from './database-state.ts'
import { createEngine, type Engine } from './engine.ts'
import type { HostPorts } from './host-ports.ts'
import { openDatabase } from './open-database.ts'
import { createSync } from './sync/sync.ts'

/** The engines of a host, one per database, opened when they are first asked for. */
export type Engines = {
  openEngine(name: string, create: boolean): Promise<Engine>
  closeEngine(name: string): Promise<void>
  /** Of all databases of a base name. */
  closeEngines(baseName: string): Promise<void>
  closeAll(): Promise<void>
  /** A method of `ConversationService`, by the engine of that database; once more by a new one when it was closed under the call. */
  callEngine(name: string, method: string, argument: unknown): Promise<unknown>
}

export function createEngines(
  ports: HostPorts & {
    readonly accountsOf: (baseName: string) => Promise<Pick<Accounts, 'registry'>>
    /** The cloud of a base name, read when it is not known yet. */
    readonly cloudOf: (baseName: string) => Promise<CloudSettings>
    /** The same as far as it is known. */
    readonly cloudNow: (baseName: string) => CloudSettings
  },
): Engines {
  const { accountsOf, cloudOf, cloudNow } = ports
  const enginesByName = new Map<string, Promise<Engine>>()

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
    const database = await openDatabase({
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

  return {
    openEngine,
    closeEngine,
    closeEngines,
    async closeAll() {
      for (const name of [...enginesByName.keys()]) await closeEngine(name)
    },
    callEngine,
  }
}

function removedError(name: string, cause?: unknown): ChatkeepError {
  return new ChatkeepError(
    'account/removed',
    `The database ${name} is not there any more. Nothing was written; ask for the current session and repeat the call.`,
    { retryable: true, details: { database: name }, cause },
  )
}
