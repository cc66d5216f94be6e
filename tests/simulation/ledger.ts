import type { Operation, SetOperation } from '../../src/domain/operation.ts'
import type { NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import type { ConversationRecord, MessageRecord, OutboxRecord } from '../../src/ports/records.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Sender, Traffic } from './network.ts'
import type { World } from './world.ts'

/** What the ledger knows of one browser profile's disk. A clone gets a copy, a restored profile its old one, an evicted one a new one. */
export type Store = {
  readonly name: string
  memory: StoreMemory
}

export type StoreMemory = {
  /** By database: operations that were committed there as its own. */
  readonly authored: Map<string, Set<string>>
  /** By database: operations that this device has heard of from the server, and how. */
  readonly shown: Map<string, 'whole' | 'stub'>
  /** Mutations whose result is on disk, and those that were acknowledged. */
  readonly mutations: Set<string>
  /** Operations that were heads here and are no more, by database. */
  readonly left: Set<string>
  /** Heads of every register that were committed last, by database. */
  readonly heads: Map<string, ReadonlySet<string>>
}

const emptyMemory = (): StoreMemory => ({
  authored: new Map(),
  shown: new Map(),
  mutations: new Set(),
  left: new Set(),
  heads: new Map(),
})

export function createStore(name: string): Store {
  return { name, memory: emptyMemory() }
}

export function copyMemory(memory: StoreMemory): StoreMemory {
  return {
    authored: new Map([...memory.authored].map(([database, ids]) => [database, new Set(ids)])),
    shown: new Map(memory.shown),
    mutations: new Set(memory.mutations),
    left: new Set(memory.left),
    heads: new Map(memory.heads),
  }
}

export type Ledger = Traffic & {
  /** A transaction is on disk. */
  committed(store: Store, database: string, changes: readonly TableChange[]): void
  /** A save resolved. */
  acknowledged(store: Store, mutationId: string): void
  /** Forgets what a disk held. */
  forget(store: Store): void
  /** Everything that was ever written, by id. */
  readonly operations: ReadonlyMap<string, Operation>
  /** Values as their authors wrote them. */
  readonly values: ReadonlyMap<string, string>
  /** Accounts (or databases of nobody) that each operation was written for. */
  readonly databases: ReadonlyMap<string, ReadonlySet<string>>
}

export function createLedger(world: World): Ledger {
  const operations = new Map<string, Operation>()
  const values = new Map<string, string>()
  const databases = new Map<string, Set<string>>()

  function learn(database: string, operation: Operation): void {
    const known = operations.get(operation.id)
    if (known === undefined || (known.kind === 'stub' && operation.kind === 'set'))
      operations.set(operation.id, operation)
    const places = databases.get(operation.id) ?? new Set()
    databases.set(operation.id, places.add(database))
    if (operation.kind !== 'set') return
    const written = JSON.stringify([
      operation.register,
      operation.stamp,
      operation.overwrites,
      operation.value,
    ])
    const before = values.get(operation.id)
    if (before === undefined) values.set(operation.id, written)
    else if (before !== written)
      world.fail('an operation never changes', `${operation.id} was ${before} and is ${written}`)
  }

  function checkOutbox(store: Store, database: string, changes: readonly TableChange[]): void {
    const before = new Map<string, Operation>()
    const after = new Map<string, Operation>()
    const lastOf = new Map<unknown, TableChange>()
    for (const change of changes) {
      const known = lastOf.get(change.key)
      lastOf.set(change.key, known === undefined ? change : { ...change, before: known.before })
    }
    for (const change of lastOf.values()) {
      const old = change.before as OutboxRecord | undefined
      const now = change.after as OutboxRecord | undefined
      for (const operation of old?.operations ?? []) before.set(operation.id, operation)
      for (const operation of now?.operations ?? []) {
        after.set(operation.id, operation)
        if (old !== undefined || now === undefined) continue
        learn(database, operation)
        if (now.mutationId === '') continue
        const mine = store.memory.authored.get(database) ?? new Set()
        store.memory.authored.set(database, mine.add(operation.id))
      }
    }
    for (const [id, operation] of before) {
      if (after.has(id)) continue
      const shown = store.memory.shown.get(id)
      if (shown === undefined)
        world.fail(
          'durability: what is not confirmed stays queued',
          `${store.name} ${database} took ${operation.kind} ${id} out of its outbox before the server had shown it`,
        )
    }
  }

  function checkHeads(store: Store, database: string, changes: readonly TableChange[]): void {
    for (const { store: table, after } of changes) {
      if (after === undefined) continue
      if (table === 'conversations') {
        const record = after as ConversationRecord
        for (const [register, heads] of Object.entries(record.registers))
          noteHeads(`${database} ${record.id} ${register}`, heads)
      } else if (table === 'messages') {
        const record = after as MessageRecord
        if (record.moved !== true)
          noteHeads(`${database} ${record.conversationId} message:${record.id}`, record.heads)
      }
    }

    function noteHeads(register: string, heads: readonly { readonly id: string }[]): void {
      const { memory } = store
      const now = new Set(heads.map(({ id }) => id))
      for (const id of memory.heads.get(register) ?? []) {
        if (!now.has(id)) memory.left.add(`${database} ${id}`)
      }
      for (const id of now) {
        if (memory.left.has(`${database} ${id}`))
          world.fail('nothing goes back', `${store.name} ${register} shows ${id} again`)
      }
      memory.heads.set(register, now)
    }
  }

  return {
    operations,
    values,
    databases,
    committed(store, database, changes) {
      const outbox = changes.filter((change) => change.store === 'outbox')
      if (outbox.length > 0) checkOutbox(store, database, outbox)
      checkHeads(store, database, changes)
      for (const { store: table, after } of changes) {
        if (table === 'mutations' && after !== undefined)
          store.memory.mutations.add((after as { mutationId: string }).mutationId)
      }
    },
    acknowledged(store, mutationId) {
      if (store.memory.mutations.has(mutationId)) return
      world.fail('saved means saved', `${store.name} acknowledged ${mutationId}, which is not on disk`)
    },
    forget(store) {
      store.memory = emptyMemory()
    },
    served() {},
    heard(sender: Sender, request: NetworkRequest, response: NetworkResponse) {
      if (response.status !== 200 || !request.path.startsWith('/conversations')) return
      const { shown } = sender.store.memory
      const answer = JSON.parse(response.body.startsWith('{') ? response.body : '{}') as {
        operations?: readonly Operation[]
        purges?: readonly Operation[]
        held?: readonly string[]
      }
      for (const operation of [...(answer.operations ?? []), ...(answer.purges ?? [])]) {
        if (shown.get(operation.id) === 'whole') continue
        shown.set(operation.id, operation.kind === 'stub' ? 'stub' : 'whole')
      }
      for (const id of answer.held ?? []) shown.set(id, 'whole')
    },
  }
}

export type { SetOperation }
