import type { Operation } from '../../src/domain/operation.ts'
import type { StoredMessage } from '../../src/domain/service/message-page.ts'
import type { NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import type { OutboxRecord } from '../../src/ports/records/outbox.ts'
import type { SyncRecord } from '../../src/ports/records/sync.ts'
import type { MutationRecord } from '../../src/ports/records.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import { checkAppends, type Plan } from './appends.ts'
import { type Archive, createArchive } from './archive.ts'
import { checkAutomation } from './automation.ts'
import { checkCommit } from './commits.ts'
import { checkCursors } from './cursors.ts'
import { noteFreed } from './freed.ts'
import { forgetDatabase } from './names.ts'
import type { Sender, Traffic } from './network.ts'
import { checkBelow, checkOrder, noteWritten } from './order.ts'
import { checkHeads } from './shown-heads.ts'
import { emptyMemory, type Store } from './store.ts'
import { checkWait, noteAnswer, noteRecord } from './waits.ts'
import type { World } from './world.ts'
import { checkEnd } from './writers.ts'

export type Ledger = Traffic &
  Pick<Archive, 'operations' | 'values' | 'databases'> & {
    /** A transaction is on disk. */
    committed(store: Store, database: string, changes: readonly TableChange[], now: number): void
    /** A transaction that was under way when its database was deleted: what it wrote went with it. */
    committedTooLate(store: Store, database: string, changes: readonly TableChange[]): void
    /** A save resolved. */
    acknowledged(store: Store, database: string, mutationId: string): void
    keptDraft(store: Store, database: string, conversationId: string, messageId: string): void
    /** Forgets what a disk held. */
    forget(store: Store): void
    /** A database is deleted from a disk; and somebody comes whose database may be made again. */
    removed(store: Store, database: string): void
    mayReturn(store: Store, database: string): void
    /** The log of the cloud is another one from now on. */
    logIs(ids: Iterable<string>): void
    /** What an act means to do, by its mutation. */
    readonly plans: Map<string, Plan>
    /** What was refused by the cloud and then purged stays where it is: it has no value, and a purge that names it. */
    isLeftOut(id: string): boolean
    /** An unfinished answer of which the cloud cannot tell any more that it is one. */
    isUnmarked(message: StoredMessage): boolean
  }

/** `isOneSyncer`: no two contexts of a browser sync at once, so that a wait of one is one of all. */
export function createLedger(world: World, isOneSyncer: boolean): Ledger {
  const archive = createArchive(world)
  const { operations, purged, learn } = archive
  /** Everything that any log of the cloud ever held. */
  const held = new Set<string>()
  /** Everything that was ever put aside. */
  const aside = new Set<string>()
  /** What the log of the cloud holds now. */
  let log = new Set<string>()
  /** What it was given whole, by account, and what anything in it overwrites. */
  const whole = new Set<string>()
  const overwritten = new Set<string>()
  /** When the cloud first received each operation. */
  const receivedAt = new Map<string, number>()
  const plans = new Map<string, Plan>()

  function checkOutbox(store: Store, database: string, changes: readonly TableChange[]): void {
    // Operations that come from the database of nobody were seen there.
    const isAdopting = changes.some(
      ({ store: table, after }) =>
        table === 'outbox' && (after as OutboxRecord | undefined)?.mutationId === '',
    )
    const before = new Map<string, Operation>()
    const after = new Map<string, Operation>()
    const lastOf = new Map<unknown, TableChange>()
    for (const change of changes) {
      if (change.store !== 'outbox') continue
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
        const isNew = !store.memory.mutations.has(`${database} ${now.mutationId}`)
        const isLate = isNew && plans.get(now.mutationId) === 'end-of-answer' && !isDraftEnded(changes)
        if (isLate && operation.kind === 'set') checkEnd(world, store.name, operation, operations)
        if (now.mutationId === '') {
          store.memory.takenOver.add(operation.id)
          continue
        }
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

  function noteMutations({ memory }: Store, database: string, changes: readonly TableChange[]): void {
    for (const { store: table, after } of changes)
      if (table === 'mutations' && after !== undefined)
        memory.mutations.add(`${database} ${(after as MutationRecord).mutationId}`)
  }

  return {
    operations,
    values: archive.values,
    databases: archive.databases,
    isLeftOut: (id) => purged.has(id) && aside.has(id),
    isUnmarked: () => false,
    plans,
    committed(store, database, changes, now) {
      if (store.memory.gone.has(database))
        world.fail('a removed name stays removed', `${store.name} writes to ${database} again`)
      checkAutomation(world, store, database, changes, { offset: now - world.now(), receivedAt }, operations)
      checkCommit(world, store, database, changes)
      checkCursors(world, `${store.name} ${database}`, changes)
      noteFreed(world, store, changes)
      checkHeads(world, store, database, changes, operations)
      const outbox = changes.filter((change) => change.store === 'outbox')
      if (outbox.length > 0) checkOutbox(store, database, changes)
      checkAppends(world, store, database, changes, { plans, operations, purged })
      for (const { store: table, after } of changes) {
        if (table === 'sync_metadata' && after !== undefined) {
          const record = after as SyncRecord
          if (record.kind === 'space') store.memory.spaces.set(`${database} ${record.key}`, record)
          noteRecord(store.memory.waits, database, record, now, world)
        }
      }
      noteMutations(store, database, changes)
    },
    committedTooLate: noteMutations,
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
    removed: (store, database) => forgetDatabase(store.memory, database),
    mayReturn: (store, database) => void store.memory.gone.delete(database),
    logIs(ids) {
      log = new Set(ids)
      whole.clear()
    },
    sent(sender, request) {
      if (!isOneSyncer) return
      checkWait(world, sender.name, sender.store, request, sender.now())
    },
    served(sender, request, response) {
      const database = `chats:account-${request.headers?.['X-Chatkeep-Account'] ?? ''}`
      if (request.method === 'GET' && response.body.includes('"kind":"stub"'))
        for (const { id, kind } of (JSON.parse(response.body) as { operations?: Operation[] }).operations ??
          [])
          if (kind === 'stub' && whole.has(`${database} ${id}`) && !purged.has(id) && !overwritten.has(id))
            world.fail('what the cloud was given whole it shows whole', `${id} is shown as a stub`)
      if (request.method !== 'POST' || response.status !== 200 || request.body === undefined) return
      const { accepted } = JSON.parse(response.body) as { accepted: readonly string[] }
      const posted = JSON.parse(request.body) as {
        conversations: readonly { operations: readonly Operation[] }[]
      }
      const taken = new Set(accepted)
      for (const operation of posted.conversations.flatMap(({ operations }) => operations)) {
        if (!taken.has(operation.id)) continue
        if (!log.has(operation.id)) checkBelow(world, sender.store, database, operation, { log, aside })
        log.add(operation.id)
        if (operation.kind !== 'purge') for (const id of operation.overwrites) overwritten.add(id)
        if (operation.kind === 'set' && !purged.has(operation.id)) whole.add(`${database} ${operation.id}`)
        if (held.has(operation.id)) continue
        receivedAt.set(operation.id, world.now())
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

const isDraftEnded = (changes: readonly TableChange[]) =>
  changes.some(({ store, after }) => store === 'drafts' && after === undefined)
