import type { Operation } from '../../src/domain/operation.ts'
import type { NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import type { MutationRecord, OutboxRecord, SyncRecord } from '../../src/ports/records.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Sender, Traffic } from './network.ts'
import { checkOrder, noteWritten } from './order.ts'
import { checkPlace } from './places.ts'
import { checkHeads } from './shown-heads.ts'
import { emptyMemory, type Store } from './store.ts'
import { checkWait, noteAnswer, noteRecord } from './waits.ts'
import type { World } from './world.ts'

export type Ledger = Traffic & {
  /** A transaction is on disk. */
  committed(store: Store, database: string, changes: readonly TableChange[], now: number): void
  /** A save resolved. */
  acknowledged(store: Store, database: string, mutationId: string): void
  keptDraft(store: Store, database: string, conversationId: string, messageId: string): void
  /** Forgets what a disk held. */
  forget(store: Store): void
  /** Everything that was ever written, by id. */
  readonly operations: ReadonlyMap<string, Operation>
  /** Values as their authors wrote them. */
  readonly values: ReadonlyMap<string, string>
  /** Accounts (or databases of nobody) that each operation was written for. */
  readonly databases: ReadonlyMap<string, ReadonlySet<string>>
  /** What was refused by the cloud and then purged stays where it is: it has no value, and a purge that names it. */
  isLeftOut(id: string): boolean
}

/** `isOneSyncer`: no two contexts of a browser sync at once, so that a wait of one is one of all. */
export function createLedger(world: World, isOneSyncer: boolean): Ledger {
  const operations = new Map<string, Operation>()
  const values = new Map<string, string>()
  const databases = new Map<string, Set<string>>()
  /** Everything that any log of the cloud ever held. */
  const held = new Set<string>()
  /** Everything that any purge names. */
  const purged = new Set<string>()
  /** Everything that was ever put aside. */
  const aside = new Set<string>()

  function learn(store: Store, database: string, operation: Operation, isFromElsewhere: boolean): void {
    const known = operations.get(operation.id)
    if (known === undefined || (known.kind === 'stub' && operation.kind === 'set'))
      operations.set(operation.id, operation)
    const places = databases.get(operation.id) ?? new Set()
    databases.set(operation.id, places.add(database))
    if (operation.kind === 'purge') {
      for (const id of operation.names) {
        purged.add(id)
        if (known !== undefined || isFromElsewhere || !operations.has(id) || isSeen(store, id)) continue
        const isBelow = [...operations.values()].some(
          (above) =>
            above.kind !== 'purge' &&
            above.overwrites.some((below) => below === id) &&
            isSeen(store, above.id),
        )
        if (!isBelow)
          world.fail(
            'a purge names only what its author had',
            `${store.name} ${database} purges ${id} unseen`,
          )
      }
    }
    if (operation.kind !== 'set') return
    checkPlace(world, operation, operations)
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

  /** Also what was written in another database of this disk: an account takes over what was written before it signed in. */
  const isSeen = ({ memory }: Store, id: string) =>
    memory.shown.has(id) || [...memory.authored.values()].some((authored) => authored.has(id))

  function checkOutbox(store: Store, database: string, changes: readonly TableChange[]): void {
    // Operations that come from the database of nobody were seen there.
    const isAdopting = changes.some(({ after }) => (after as OutboxRecord | undefined)?.mutationId === '')
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
      if (now?.state === 'quarantined')
        for (const { id } of now.operations) {
          store.memory.order.aside.add(id)
          aside.add(id)
        }
      for (const operation of old?.operations ?? []) before.set(operation.id, operation)
      for (const operation of now?.operations ?? []) {
        after.set(operation.id, operation)
        if (old !== undefined || now === undefined) continue
        learn(store, database, operation, isAdopting)
        if (now.mutationId === '') continue
        const mine = store.memory.authored.get(database) ?? new Set()
        store.memory.authored.set(database, mine.add(operation.id))
        noteWritten(store.memory.order, database, operation)
      }
    }
    for (const [id, operation] of before) {
      if (after.has(id)) continue
      const shown = store.memory.shown.get(id)
      // What is purged and was put aside leaves the queue for nowhere.
      if (shown === undefined && !purged.has(id))
        world.fail(
          'durability: what is not confirmed stays queued',
          `${store.name} ${database} took ${operation.kind} ${id} out of its outbox before the server had shown it`,
        )
      // A stub confirms only what is overwritten or purged here.
      const register = operation.kind === 'set' ? operation.register : ''
      const heads = store.memory.heads.get(`${database} ${operation.conversationId} ${register}`)
      if (shown === 'stub' && !purged.has(id) && heads?.has(id) === true)
        world.fail('durability: what is not confirmed stays queued', `${id} was shown without its value`)
    }
  }

  return {
    operations,
    values,
    databases,
    isLeftOut: (id) => purged.has(id) && aside.has(id),
    committed(store, database, changes, now) {
      checkHeads(world, store, database, changes)
      const outbox = changes.filter((change) => change.store === 'outbox')
      if (outbox.length > 0) checkOutbox(store, database, outbox)
      for (const { store: table, after } of changes) {
        if (table === 'sync_metadata' && after !== undefined)
          noteRecord(store.memory.waits, database, after as SyncRecord, now, world)
        if (table === 'mutations' && after !== undefined)
          store.memory.mutations.add(`${database} ${(after as MutationRecord).mutationId}`)
      }
    },
    acknowledged(store, database, mutationId) {
      if (store.memory.mutations.has(`${database} ${mutationId}`)) return
      world.fail(
        'saved means saved',
        `${store.name} acknowledged ${mutationId}, which is not on disk in ${database}`,
      )
    },
    keptDraft(store, database, conversationId, messageId) {
      store.memory.drafts.add(JSON.stringify([database, conversationId, `message:${messageId}`]))
    },
    forget(store) {
      store.memory = emptyMemory()
    },
    sent(sender, request) {
      if (!isOneSyncer) return
      checkWait(
        world,
        sender.name,
        { waits: sender.store.memory.waits, shortenedAt: sender.store.shortenedAt },
        request,
        sender.now(),
      )
    },
    served(sender, request, response) {
      if (request.method !== 'POST' || response.status !== 200 || request.body === undefined) return
      const { accepted } = JSON.parse(response.body) as { accepted: readonly string[] }
      const posted = JSON.parse(request.body) as {
        conversations: readonly { operations: readonly Operation[] }[]
      }
      const database = `chats:account-${request.headers?.['X-Chatkeep-Account'] ?? ''}`
      const taken = new Set(accepted)
      for (const operation of posted.conversations.flatMap(({ operations }) => operations)) {
        if (!taken.has(operation.id) || held.has(operation.id)) continue
        checkOrder(world, sender.name, sender.store.memory.order, database, operation, held)
        held.add(operation.id)
      }
    },
    heard(sender: Sender, request: NetworkRequest, response: NetworkResponse) {
      sender.store.heardCount += 1
      noteAnswer(sender.store.memory.waits, request, response, sender.now())
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
