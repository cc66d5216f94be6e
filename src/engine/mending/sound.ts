import { isObject } from '../../domain/json-object.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { DraftRecord } from '../../ports/records/draft.ts'
import type { MessageRecord } from '../../ports/records/message.ts'
import type { OutboxRecord } from '../../ports/records/outbox.ts'
import type { PackedMessage } from '../../ports/records/pack.ts'
import type { SeenRecord } from '../../ports/records/seen.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'

/*
 * What this build relies on in a stored record, and no more: records of a newer build, with more in them, are sound. A record that is not
 * was damaged after it was written; what it held of value is elsewhere, or is gone.
 */

type Unknowns = Readonly<Record<string, unknown>>

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isTextOrNull = (value: unknown): boolean => value === null || typeof value === 'string'
export const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

function isHead(value: unknown): boolean {
  if (!isObject(value)) return false
  return (
    typeof value.id === 'string' && isCount(value.stamp) && areTexts(value.overwrites) && 'value' in value
  )
}

export const areHeads = (value: unknown): boolean => Array.isArray(value) && value.every(isHead)

function isPlaceOrNull(value: unknown): boolean {
  return value === null || (isObject(value) && typeof value.id === 'string' && isCount(value.born))
}

const RECORD_COUNTS = ['lastMessageAt', 'createdAt', 'messageCount', 'revision', 'packedCount', 'tailCount']
const RECORD_TEXTS = ['projectId', 'shelf', 'title', 'preview']
const RECORD_FLAGS = ['archived', 'pinned', 'trashed', 'linear']
const RECORD_PARTS = ['absent', 'lacking', 'damaged']

export function isSoundConversation(record: ConversationRecord): boolean {
  const fields: Unknowns = record
  return (
    RECORD_COUNTS.every((name) => isCount(fields[name])) &&
    RECORD_TEXTS.every((name) => typeof fields[name] === 'string') &&
    RECORD_FLAGS.every((name) => typeof fields[name] === 'boolean') &&
    RECORD_PARTS.every((name) => fields[name] === undefined || isObject(fields[name])) &&
    (fields.pristine === undefined || fields.pristine === true) &&
    areTexts(fields.tags) &&
    areTexts(fields.conflicts) &&
    isObject(fields.registers) &&
    Object.values(fields.registers).every(
      (heads) => Array.isArray(heads) && heads.length > 0 && areHeads(heads),
    ) &&
    isPlaceOrNull(fields.newest) &&
    isPlaceOrNull(fields.titleFrom) &&
    isTextOrNull(fields.firstId) &&
    isTextOrNull(fields.leafId)
  )
}

/** Of a head's value only that it is one: what of it is shown is read with care. */
export function isSoundMessage(record: MessageRecord | PackedMessage): boolean {
  const fields: Unknowns = record
  if (typeof fields.id !== 'string' || !isCount(fields.born) || !isTextOrNull(fields.parentId)) return false
  if (fields.moved === true) return Array.isArray(fields.heads)
  if (!areHeads(fields.heads) || record.heads.length === 0) return false
  const values = record.heads.map(({ value }): unknown => value)
  if (!values.every((value) => isObject(value) && (value.removed === true || isObject(value.message))))
    return false
  return fields.lifted === undefined || Array.isArray(fields.lifted)
}

export function isSoundSeen({ stubs, purges, lacking }: SeenRecord): boolean {
  const areGraph = (graph: unknown) => isObject(graph) && Object.values(graph).every(areTexts)
  const areLacking = (values: unknown) =>
    isObject(values) && Object.values(values).every((value) => isObject(value) && areTexts(value.overwrites))
  return (
    areGraph(stubs) &&
    (purges === undefined || areGraph(purges)) &&
    (lacking === undefined || (isObject(lacking) && Object.values(lacking).every(areLacking)))
  )
}

const OUTBOX_STATES: readonly unknown[] = ['waiting', 'sent', 'quarantined']

export function isSoundRow(row: OutboxRecord): boolean {
  const { operations }: Unknowns = row
  return (
    typeof row.conversationId === 'string' &&
    typeof row.projectId === 'string' &&
    isCount(row.createdAt) &&
    OUTBOX_STATES.includes(row.state) &&
    Array.isArray(operations) &&
    operations.every(isOperation)
  )
}

function isOperation(value: unknown): boolean {
  if (!isObject(value) || typeof value.id !== 'string' || typeof value.conversationId !== 'string')
    return false
  if (value.kind === 'purge') return areTexts(value.names)
  return typeof value.register === 'string' && areTexts(value.overwrites)
}

export function isSoundDraft(draft: DraftRecord): boolean {
  const fields: Unknowns = draft
  return (
    typeof fields.kind === 'string' &&
    isCount(fields.born) &&
    isCount(fields.leaseUntil) &&
    isTextOrNull(fields.parentId) &&
    (fields.seen === undefined || (Array.isArray(fields.seen) && fields.seen.every(isStamped))) &&
    isObject(fields.message)
  )
}

const isStamped = (value: unknown): boolean =>
  isObject(value) && typeof value.id === 'string' && isCount(value.stamp)

export function isSoundSpace(space: SpaceSync): boolean {
  const fields: Unknowns = space
  const { backoff, bootstrap, lastError, lastSuccessAt, reached } = fields
  return (
    typeof fields.cursor === 'string' &&
    (reached === undefined || typeof reached === 'string') &&
    typeof fields.incarnation === 'string' &&
    typeof fields.projectId === 'string' &&
    typeof fields.suspect === 'boolean' &&
    (fields.fresh === undefined || fields.fresh === true) &&
    isTextOrNull(fields.parked) &&
    (backoff === null ||
      (isObject(backoff) && [backoff.attempt, backoff.nextAttemptAt, backoff.setAt].every(isCount))) &&
    (lastError === null || isObject(lastError)) &&
    (lastSuccessAt === null || isCount(lastSuccessAt)) &&
    (bootstrap === undefined ||
      (isObject(bootstrap) && [bootstrap.listedCount, bootstrap.filledCount].every(isCount)))
  )
}
