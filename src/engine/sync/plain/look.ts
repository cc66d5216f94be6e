import { parseRegister } from '../../../domain/register.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Hashing } from '../../../ports/random.ts'
import type { ConversationRecord } from '../../../ports/records/conversation.ts'
import type { WriteTransaction } from '../../../ports/storage.ts'
import { isAwaited } from '../../mending/damage-errors.ts'
import type { Database, Unit } from '../../unit.ts'
import { type Row, rowsOfConversation, shrinkRow } from '../outbox-rows.ts'
import { arrivalsOf, deletionOf } from './arrivals.ts'
import { type Change, compare } from './changes.ts'
import type { PlainDocument } from './document.ts'
import { type Ground, readGround, writeGround } from './ground.ts'
import { isGone, isTrashed, type Mine, readMine } from './mine.ts'
import { asideRegisters } from './put-aside.ts'

/** In the place of the hash of an entry that is not there. */
export const NOT_LISTED = 'none'

/** What is known of a conversation beside the document itself. */
export type Facts = {
  /** Hash of its entry in the list; `NOT_LISTED`: the list lacks it; undefined: the list was not asked for. */
  readonly listed: string | undefined
  /** Validator of a document in which nothing was left to do; null: it has to be looked at in any case. */
  readonly known: string | null
}

export type Look =
  | {
      readonly kind: 'compared'
      readonly mine: Mine
      readonly ground: Ground
      readonly changes: readonly Change[]
      readonly along: readonly Change[]
      readonly wantsDelete: boolean
      /** The document showed something of others that this device had not seen. */
      readonly hasArrivals: boolean
    }
  /** It is gone there, as it seems: whether it was deleted only the list can tell. */
  | { readonly kind: 'ask-list' }
  /** Somebody else looked meanwhile, or the conversation belongs to another project here. */
  | { readonly kind: 'overtaken' | 'foreign' }

/** What arrived may make something else arrive (a title that is no longer automatic), never without end. */
const MAX_PASSES = 6

/**
 * Unites a document with this device: applies what others changed, and settles what the document shows of what is queued here, each in one
 * transaction with what is remembered of it.
 */
export function createLook(parts: {
  readonly database: Database
  readonly clock: Clock
  readonly hashing: Hashing
  /** The server's time as it last said it; null before it did. */
  readonly serverNow: () => number | null
}) {
  const { database, clock, hashing, serverNow } = parts

  return async function look(asked: Ground, document: PlainDocument, facts: Facts): Promise<Look> {
    let ground = asked
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const seen = await database.write('relaxed', (unit) => lookOnce(unit, ground, document, facts))
      if (seen.kind === 'compared') return { ...seen, hasArrivals: pass > 0 }
      if (seen.kind !== 'arrived') return seen
      ground = seen.ground
    }
    return { kind: 'overtaken' }
  }

  async function lookOnce(
    unit: Unit,
    asked: Ground,
    document: PlainDocument,
    facts: Facts,
  ): Promise<Look | { readonly kind: 'arrived'; readonly ground: Ground }> {
    const { tx } = unit
    const { projectId, conversationId } = asked
    const ground = await readGround(tx, projectId, conversationId)
    if (ground.sync?.version !== asked.sync?.version) return { kind: 'overtaken' }
    const record = await tx.get('conversations', conversationId)
    if (record !== undefined && record.projectId !== projectId) return { kind: 'foreign' }
    const mine = readMine(record, record === undefined ? [] : await unit.knownOperations(conversationId))
    const rows = await rowsOfConversation(tx, conversationId)

    const wasThere = ground.sync?.present === true
    const isKept = !isTrashed(mine) && !isGone(mine)
    const isDeleted = !document.isPresent && wasThere && isKept && !rows.some(holdsContent)
    if (isDeleted && facts.listed !== NOT_LISTED) return { kind: 'ask-list' }
    const arrivals = isDeleted
      ? deletionOf(mine, ground, hashing)
      : arrivalsOf(document, mine, ground, hashing, registersIn(rows))
    if (arrivals.operations.length > 0) {
      await unit.applyOperations(projectId, arrivals.operations)
      const at = { present: document.isPresent || isDeleted, checkedAt: clock.now() }
      return { kind: 'arrived', ground: await writeGround(tx, ground, at, arrivals.shown) }
    }
    if (isIncomplete(record) && document.isPresent) await unit.noteFilled(conversationId)
    const compared = compare(document, mine, ground, hashing)
    const unsettled = new Set(compared.changes.map(({ register }) => register))
    await settleRows(tx, rows, compared.wantsDelete ? null : unsettled)
    if (!compared.wantsDelete && unsettled.size === 0) await noteSynced(tx, mine, document, conversationId)
    const aside = asideRegisters(rows)
    const closed = ground.sync?.closed === true && !document.isPresent
    const isRefused = closed && rows.every(({ state }) => state === 'quarantined')
    const changes = isRefused ? [] : compared.changes.filter(({ register }) => !aside.has(register))
    const { along, wantsDelete } = compared
    // As long as something is left to do, the next list leads here again.
    const listed = changes.length > 0 || wantsDelete ? null : (facts.listed ?? ground.sync?.listed ?? null)
    const change = {
      present: document.isPresent,
      checkedAt: clock.now(),
      listed,
      ...(closed ? { closed } : {}),
    }
    const validator = listed === null || !document.isPresent ? null : document.validator
    const settled = validator === null ? {} : { etag: validator }
    const next = await writeGround(tx, ground, { ...change, ...settled }, compared.shown)
    return { kind: 'compared', mine, ground: next, changes, along, wantsDelete, hasArrivals: false }
  }

  /** Retention counts the time in the trash from when the server had it. A deletion by somebody else starts no such period. */
  async function noteSynced(
    tx: WriteTransaction,
    mine: Mine,
    document: PlainDocument,
    conversationId: string,
  ): Promise<void> {
    const key = `c:${conversationId}`
    const known = await tx.get('sync_metadata', key)
    const received = known?.kind === 'conversation' ? known.trashReceivedAt : undefined
    const at = serverNow()
    const trash =
      isTrashed(mine) && document.isPresent && at !== null ? (mine.headsByRegister.get('trashed') ?? []) : []
    const trashReceivedAt = { ...Object.fromEntries(trash.map(({ id }) => [id, at])), ...received }
    await tx.put('sync_metadata', {
      key,
      kind: 'conversation',
      conversationId,
      ...(Object.keys(trashReceivedAt).length === 0 ? {} : { trashReceivedAt }),
      lastSyncedAt: clock.now(),
    })
  }
}

const isIncomplete = (record: ConversationRecord | undefined): boolean =>
  record?.absent !== undefined || isAwaited(record?.damaged)

const registersIn = (rows: readonly Row[]): ReadonlySet<string> =>
  new Set(
    rows.flatMap(({ operations }) => operations.flatMap((one) => ('register' in one ? [one.register] : []))),
  )

/** Something that a person wrote and that a deletion elsewhere did not know. */
function holdsContent({ state, operations }: Row): boolean {
  if (state === 'quarantined') return false
  return operations.some((operation) => {
    if (operation.kind !== 'set') return false
    const { kind } = parseRegister(operation.register)
    return kind === 'message' || kind === 'title' || kind === 'tag'
  })
}

/** Operations leave the queue once the document shows what they led to. Null: nothing of the conversation is settled. */
async function settleRows(
  tx: WriteTransaction,
  rows: readonly Row[],
  unsettled: ReadonlySet<string> | null,
): Promise<void> {
  if (unsettled === null) return
  for (const row of rows) {
    if (row.state === 'quarantined') continue
    await shrinkRow(tx, row, (operation) =>
      operation.kind === 'set' && operation.register !== 'trashed'
        ? unsettled.has(operation.register)
        : unsettled.size > 0,
    )
  }
}
