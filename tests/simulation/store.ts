import type { SeenRecord } from '../../src/ports/records/seen.ts'
import type { SpaceSync } from '../../src/ports/records/sync.ts'
import type { Order } from './order.ts'
import type { Waits } from './waits.ts'

/** What the ledger knows of one browser profile's disk. A clone gets a copy, a restored profile its old one, an evicted one a new one. */
export type Store = {
  readonly name: string
  memory: StoreMemory
  /** When something last happened that may end a wait for the network, by the true clock. */
  shortenedAt: number
  /** When a person last opened what was absent: that alone may be asked for then. */
  openedAt: number
  /** Answers that it heard. */
  heardCount: number
  /** How wrong its clock was at its last commit, and since when. */
  clock: { offset: number; since: number }
}

export type StoreMemory = {
  /** By database: operations that were committed there as its own. */
  readonly authored: Map<string, Set<string>>
  /** Operations that the queue took in without a call: what was written before somebody signed in, and what is offered again. */
  readonly takenOver: Set<string>
  /** By database: operations that this device has heard of from the server, and how. */
  readonly shown: Map<string, 'whole' | 'stub'>
  /** Mutations whose result is on disk, and those that were acknowledged. */
  readonly mutations: Set<string>
  /** Operations that were heads here and are no more, by database. */
  readonly left: Set<string>
  /** Heads of every register that were committed last, by database: those with their value here, and those whose values were freed. */
  readonly heads: Map<string, ReadonlySet<string>>
  readonly here: Map<string, ReadonlySet<string>>
  readonly lacking: Map<string, ReadonlySet<string>>
  /** By database and conversation: what the purges name that are known here. */
  readonly purges: Map<string, ReadonlySet<string>>
  /** Of every register, by database: what is known of what is overwritten, and what that overwrites. */
  readonly stubs: Map<string, SeenRecord['stubs']>
  /** By database and key: what was committed last of each destination. */
  readonly spaces: Map<string, SpaceSync>
  /** Answers of which a checkpoint was acknowledged: database and register. */
  readonly drafts: Set<string>
  /** By database: the number of the last commit. */
  readonly commits: Map<string, number>
  /** By database and conversation: the messages that lie in packs. */
  readonly packed: Map<string, ReadonlySet<string>>
  readonly waits: Waits
  readonly order: Order
  /** Databases that were deleted here. */
  readonly gone: Set<string>
  /** Of a plain server: `account conversation message` that it showed to this disk; and conversations that were in the trash here. */
  readonly plain: { readonly heard: Set<string>; readonly trashed: Set<string> }
}

export const emptyMemory = (): StoreMemory => ({
  authored: new Map(),
  takenOver: new Set(),
  shown: new Map(),
  mutations: new Set(),
  left: new Set(),
  heads: new Map(),
  here: new Map(),
  lacking: new Map(),
  purges: new Map(),
  stubs: new Map(),
  spaces: new Map(),
  drafts: new Set(),
  commits: new Map(),
  packed: new Map(),
  waits: new Map(),
  order: { queues: new Map(), aside: new Set() },
  gone: new Set(),
  plain: { heard: new Set(), trashed: new Set() },
})

export function createStore(name: string): Store {
  return {
    name,
    memory: emptyMemory(),
    shortenedAt: 0,
    openedAt: Number.NEGATIVE_INFINITY,
    heardCount: 0,
    clock: { offset: 0, since: 0 },
  }
}

export function copyMemory(memory: StoreMemory): StoreMemory {
  return {
    authored: new Map([...memory.authored].map(([database, ids]) => [database, new Set(ids)])),
    takenOver: new Set(memory.takenOver),
    shown: new Map(memory.shown),
    mutations: new Set(memory.mutations),
    left: new Set(memory.left),
    heads: new Map(memory.heads),
    here: new Map(memory.here),
    lacking: new Map(memory.lacking),
    purges: new Map(memory.purges),
    stubs: new Map(memory.stubs),
    spaces: new Map(memory.spaces),
    drafts: new Set(memory.drafts),
    commits: new Map(memory.commits),
    packed: new Map(memory.packed),
    waits: new Map(memory.waits),
    order: { queues: new Map(memory.order.queues), aside: new Set(memory.order.aside) },
    gone: new Set(memory.gone),
    plain: { heard: new Set(memory.plain.heard), trashed: new Set(memory.plain.trashed) },
  }
}
