import { isPresent, type MessageValue } from '../../../src/domain/message.ts'
import type { Operation } from '../../../src/domain/operation.ts'
import { parseRegister } from '../../../src/domain/register.ts'
import type { NetworkRequest } from '../../../src/ports/network.ts'
import type { ConversationRecord } from '../../../src/ports/records/conversation.ts'
import type { OutboxRecord } from '../../../src/ports/records/outbox.ts'
import type { SyncRecord } from '../../../src/ports/records/sync.ts'
import type { MutationRecord } from '../../../src/ports/records.ts'
import type { TableChange } from '../../../src/storage/tables/table-transaction.ts'
import { checkCommit } from '../commits.ts'
import type { Ledger } from '../ledger.ts'
import { forgetDatabase } from '../names.ts'
import { checkHeads } from '../shown-heads.ts'
import { emptyMemory, type Store } from '../store.ts'
import { checkWait, noteAnswer, noteRecord } from '../waits.ts'
import type { World } from '../world.ts'
import type { PlainCloud } from './plain-cloud.ts'
import { textOf } from './telling.ts'

export type PlainLedger = Ledger & {
  /** `conversation message` of what anybody removed. */
  readonly takenOut: ReadonlySet<string>
  /** Conversations of which somebody deleted something for ever. */
  readonly purged: ReadonlySet<string>
}

/** A plain server's requests do not all name their project; there is one. */
const ofTheProject = (request: NetworkRequest): NetworkRequest => {
  const { body: _, ...rest } = request
  return request.path === '/projects' ? rest : { ...rest, path: '/conversations?projectId=p' }
}

/** What is promised where the cloud is a plain server, with every commit, call and request. */
export function createPlainLedger(world: World, isOneSyncer: boolean, cloud: PlainCloud): PlainLedger {
  const operations = new Map<string, Operation>()
  const takenOut = new Set<string>()
  const purged = new Set<string>()

  function learn(store: Store, database: string, operation: Operation): void {
    // A copy of a profile that removed it has only a stub of what the other holds whole.
    if (operation.kind !== 'stub' || !operations.has(operation.id)) operations.set(operation.id, operation)
    if (operation.kind === 'purge') purged.add(operation.conversationId)
    const mine = store.memory.authored.get(database) ?? new Set()
    store.memory.authored.set(database, mine.add(operation.id))
    const messageId = messageOf(operation)
    if (operation.kind === 'set' && messageId !== undefined && !isPresent(operation.value as MessageValue))
      takenOut.add(`${operation.conversationId} ${messageId}`)
  }

  function checkOutbox(store: Store, database: string, changes: readonly TableChange[]): void {
    const before = new Map<string, Operation>()
    const after = new Set<string>()
    for (const change of changes) {
      if (change.store !== 'outbox') continue
      for (const one of (change.before as OutboxRecord | undefined)?.operations ?? []) before.set(one.id, one)
      for (const one of (change.after as OutboxRecord | undefined)?.operations ?? []) after.add(one.id)
      for (const one of (change.after as OutboxRecord | undefined)?.operations ?? [])
        if (!before.has(one.id)) learn(store, database, one)
    }
    const [, account] = database.split(':account-')
    const { heard, trashed } = store.memory.plain
    if (account === undefined) return
    for (const [id, operation] of before) {
      const messageId = messageOf(operation)
      const { conversationId } = operation
      if (after.has(id) || messageId === undefined || purged.has(conversationId)) continue
      if (takenOut.has(`${conversationId} ${messageId}`) || trashed.has(conversationId)) continue
      if (heard.has(`${account} ${conversationId} ${messageId}`)) continue
      world.fail(
        'durability: what is not confirmed stays queued',
        `${store.name} ${database} took ${conversationId} ${messageId} out of its outbox before the server had shown it`,
      )
    }
  }

  function noteMutations({ memory }: Store, database: string, changes: readonly TableChange[]): void {
    for (const { store: table, after } of changes)
      if (table === 'mutations' && after !== undefined)
        memory.mutations.add(`${database} ${(after as MutationRecord).mutationId}`)
  }

  return {
    operations,
    values: new Map(),
    databases: new Map(),
    plans: new Map(),
    takenOut,
    purged,
    isLeftOut: () => false,
    isUnmarked: ({ message }) => cloud.unmarked.has(textOf(message)),
    committed(store, database, changes, now) {
      if (store.memory.gone.has(database))
        world.fail('a removed name stays removed', `${store.name} writes to ${database} again`)
      checkCommit(world, store, database, changes)
      checkHeads(world, store, database, changes, operations)
      for (const { store: table, after } of changes) {
        const record = after as ConversationRecord | undefined
        if (table === 'conversations' && record?.trashed === true) store.memory.plain.trashed.add(record.id)
        if (table === 'sync_metadata' && after !== undefined)
          noteRecord(store.memory.waits, database, after as SyncRecord, now, world)
      }
      checkOutbox(store, database, changes)
      noteMutations(store, database, changes)
    },
    committedTooLate: noteMutations,
    acknowledged(store, database, mutationId) {
      if (!store.memory.mutations.has(`${database} ${mutationId}`))
        world.fail(
          'saved means saved',
          `${store.name} acknowledged ${mutationId}, not on disk in ${database}`,
        )
    },
    keptDraft() {},
    forget(store) {
      store.memory = emptyMemory()
    },
    removed: (store, database) => forgetDatabase(store.memory, database),
    logIs() {},
    mayReturn: (store, database) => void store.memory.gone.delete(database),
    sent(sender, request) {
      if (isOneSyncer) checkWait(world, sender.name, sender.store, ofTheProject(request), sender.now())
    },
    served() {},
    heard({ store, now }, request, response) {
      store.heardCount += 1
      noteAnswer(store.memory.waits, ofTheProject(request), response, now())
      if (response.status !== 200 || request.method !== 'GET' || !response.body.startsWith('{')) return
      const { id, messages } = JSON.parse(response.body) as { id?: string; messages?: { id: string }[] }
      const account = request.headers?.['X-Chatkeep-Account'] ?? ''
      for (const message of messages ?? []) store.memory.plain.heard.add(`${account} ${id} ${message.id}`)
    },
  }
}

export function messageOf(operation: Operation): string | undefined {
  if (operation.kind !== 'set') return undefined
  const parsed = parseRegister(operation.register)
  return parsed.kind === 'message' ? parsed.messageId : undefined
}
