import { parseHostArgument } from '../domain/host-arguments.ts'
import { type CloudSettings, HOST_METHODS, type HostService } from '../domain/host-service.ts'
import { jsonEquals } from '../domain/json.ts'
import type { WakeReason } from '../domain/sync-status.ts'
import { SCHEMA_VERSION } from '../ports/schema.ts'
import { registryName } from './account-registry.ts'
import { type Accounts, createAccounts } from './accounts.ts'
import { createEngines } from './engines.ts'
import type { Host, HostPorts } from './host-ports.ts'
import { STORAGE_RETRY_MS } from './sync/drain.ts'
import { unknownMethod } from './unknown-method.ts'

/** Version of the messages between page and host. A host answers this major and the one before. */
export const HOST_PROTOCOL = 1

/** Runs an engine for every database that is asked for, and looks after accounts. */
export function createHost(ports: HostPorts): Host {
  const bootId = ports.random.id()
  const accountsByBase = new Map<string, Promise<Accounts>>()
  const cloudByBase = new Map<string, CloudSettings>()

  const cloudNow = (baseName: string): CloudSettings => cloudByBase.get(baseName) ?? null
  const { openEngine, closeEngine, closeEngines, closeAll, callEngine } = createEngines({
    ...ports,
    accountsOf,
    cloudOf,
    cloudNow,
  })

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

  async function cloudOf(baseName: string): Promise<CloudSettings> {
    const known = cloudByBase.get(baseName)
    if (known !== undefined) return known
    const { cloud } = await (await accountsOf(baseName)).registry.read()
    if (!cloudByBase.has(baseName)) cloudByBase.set(baseName, cloud) // A page may have told it meanwhile.
    return cloudNow(baseName)
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
    signedIn: async ({ baseName, accountId, adopt, askedAt }) =>
      (await accountsOf(baseName)).signedIn(accountId, adopt, askedAt),
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
      try {
        const accounts = await accountsOf(baseName)
        const adoptionDueAt = await accounts.resumeAdoptions()
        if (adoptionDueAt !== null) dues.push(adoptionDueAt)
        const { database } = await accounts.openSession()
        const woken = await (await openEngine(database, false)).wake(reason)
        if (woken.dueAt !== null) dues.push(woken.dueAt)
        settled &&= woken.settled
      } catch {
        // Its pages are told by their own calls. The databases of the other base names are not held up by it.
        dues.push(ports.clock.now() + STORAGE_RETRY_MS)
        settled = false
      }
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
      if (known === undefined) throw unknownMethod(method)
      const run = methods[known] as (argument: unknown) => Promise<unknown>
      return run(parseHostArgument(known, argument))
    },
    wake,
    async close() {
      await closeAll()
      for (const accounts of accountsByBase.values()) await (await accounts).registry.close()
      accountsByBase.clear()
    },
  }
}

export type { Host, HostPorts } from './host-ports.ts'
