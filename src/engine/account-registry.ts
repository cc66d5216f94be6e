import type { CloudSettings } from '../domain/host-service.ts'
import type { Storage, StorageFactory } from '../ports/storage.ts'

/** What is known of every database of one base name, removed ones included, so that no late call brings one back. */
export type RegistryEntry = {
  readonly name: string
  /** Null for an anonymous database. */
  readonly accountId: string | null
  /** `removing`: somebody asked for that, and it may still be there. */
  readonly state: 'open' | 'closed' | 'moved' | 'removing' | 'removed'
  readonly movedTo?: string
}

export type Registry = {
  readonly current: string | null
  readonly databases: readonly RegistryEntry[]
  readonly cloud: CloudSettings
  /** The cloud before it was switched off. */
  readonly formerCloud?: CloudSettings | undefined
  /** Moves of anonymous conversations into an account that have begun and not ended. */
  readonly adoptions: readonly { readonly from: string; readonly to: string }[]
  /** When somebody last signed out, by the clock of this device. */
  readonly leftAt?: number
}

const EMPTY: Registry = { current: null, databases: [], cloud: null, adoptions: [] }

/** The registry of one base name, in a small database of its own: every change is one strict transaction. */
export type AccountRegistry = {
  read(): Promise<Registry>
  update(change: (registry: Registry) => Registry): Promise<Registry>
  close(): Promise<void>
  readonly name: string
}

export const registryName = (baseName: string): string => `${baseName}:registry`

export async function openAccountRegistry(
  storage: StorageFactory,
  baseName: string,
): Promise<AccountRegistry> {
  const database: Storage = await storage.open(registryName(baseName))
  const parse = (value: unknown): Registry => ({ ...EMPTY, ...(value as Partial<Registry> | undefined) })
  return {
    name: database.name,
    async read() {
      const record = await database.read(['settings'], (tx) => tx.get('settings', 'registry'))
      return parse(record?.value)
    },
    update: (change) =>
      database.write(['settings'], 'strict', async (tx) => {
        const registry = change(parse((await tx.get('settings', 'registry'))?.value))
        await tx.put('settings', { name: 'registry', value: registry })
        return registry
      }),
    close: () => database.close(),
  }
}

/** The registry with one entry added or changed. */
export function withEntry(registry: Registry, entry: RegistryEntry): Registry {
  return { ...registry, databases: [...registry.databases.filter(({ name }) => name !== entry.name), entry] }
}

/** The registry with a move of every open anonymous database into an account's. */
export function withAdoptions(registry: Registry, to: string): Registry {
  const listed = new Set(registry.adoptions.map(({ from }) => from))
  const added = registry.databases
    .filter(({ name, accountId, state }) => accountId === null && state === 'open' && !listed.has(name))
    .map(({ name }) => ({ from: name, to }))
  return { ...registry, adoptions: [...registry.adoptions, ...added] }
}

/** Anonymous databases are numbered, and a number is never used again. */
export function nextAnonymousName(registry: Registry, baseName: string): string {
  const count = registry.databases.filter(({ accountId }) => accountId === null).length
  return count === 0 ? baseName : `${baseName}:anonymous-${count + 1}`
}

export const accountDatabaseName = (baseName: string, accountId: string): string =>
  `${baseName}:account-${accountId}`

/** The base name in a database's name. */
export const baseNameOf = (name: string): string => name.replace(/:(?:anonymous-\d+|account-.*)$/s, '')

export const isSameCloud = (one: CloudSettings, other: CloudSettings): boolean =>
  one?.url === other?.url && one?.dialect === other?.dialect

/** A page repeats a call for two minutes at most. A sign-out that lies further ahead is one of a clock that was set back since. */
const LATEST_REPEAT_MS = 180_000

/** Whether somebody signed out after a sign-in had been asked for, which came late or is repeated: the later act counts. */
export const isOvertaken = ({ leftAt }: Registry, askedAt: number | undefined): boolean =>
  leftAt !== undefined && askedAt !== undefined && leftAt > askedAt && leftAt - askedAt < LATEST_REPEAT_MS

/** Whether what is waited for may be this cloud. Where none was ever noted, the storage may have refused to note this one. */
export function mayBeTheLastCloud({ cloud, formerCloud = null }: Registry, next: CloudSettings): boolean {
  const last = cloud ?? formerCloud
  return last === null || isSameCloud(last, next)
}
