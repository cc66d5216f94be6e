import type { OperationId } from '../../src/domain/ids.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { BORN_UNKNOWN } from '../projection/cell.ts'
import { parseMessageValue } from '../projection/message-value.ts'
import { nextDigest } from './cursor.ts'
import type { LogTable } from './schema.ts'
import type { SpaceHead } from './spaces.ts'

/** A live row that an arriving operation's id has in the log. */
export type Known = { readonly seq: number; readonly kind: LogTable['kind']; readonly isNew: boolean }

/** What a space knows of the operations that arrive. Both are brought up to date. */
export type KnownBefore = {
  readonly knownById: Map<string, Known>
  /** `purgedKey` of each of their ids that a purge names. */
  readonly purged: Set<string>
}

/** A row that is added to the log, with its value as it came. */
export type Arrival = { readonly row: LogTable; readonly value: unknown; readonly isPurged: boolean }

export type Arrived = {
  readonly arrivals: readonly Arrival[]
  readonly accepted: ReadonlySet<OperationId>
  /** Of the accepted: here already, at or before the cursor that was sent. */
  readonly held: ReadonlySet<OperationId>
  /** Rows, old and new, that a whole operation replaces: they deliver nothing any more. */
  readonly replaced: ReadonlySet<number>
  /** The log's end behind them. */
  readonly end: SpaceHead
}

export const purgedKey = (conversationId: string, id: string) => `${id} ${conversationId}`

/**
 * The rows that operations become, in the order given. A repeated id is acknowledged and ignored; a whole operation whose id is here
 * only as a stub replaces it in a new row; what a purge names arrives as a stub.
 */
export function arrive(
  { knownById, purged }: KnownBefore,
  request: {
    readonly head: SpaceHead
    readonly cursorSeq: number
    readonly operations: readonly Operation[]
    readonly now: number
  },
): Arrived {
  const { head, cursorSeq, operations, now } = request
  const accepted = new Set<OperationId>()
  const held = new Set<OperationId>()
  const replaced = new Set<number>()
  const arrivals: Arrival[] = []
  let { seq, digest } = head
  for (const operation of operations) {
    const { id, conversationId } = operation
    const known = knownById.get(id)
    const isPurged = purged.has(purgedKey(conversationId, id))
    accepted.add(id)
    if (known !== undefined && (operation.kind !== 'set' || known.kind !== 'stub' || isPurged)) {
      if (!known.isNew && known.seq <= cursorSeq) held.add(id)
      continue
    }
    if (known !== undefined) replaced.add(known.seq)
    const row = operationToRow(operation, isPurged)
    seq += 1
    digest = nextDigest(digest, id, `${row.kind} ${row.register} ${row.stamp} ${row.links} ${row.body}`)
    const value = row.kind === 'set' && operation.kind === 'set' ? operation.value : undefined
    arrivals.push({
      row: { ...row, space: head.space, seq, digest, received_at: now, live: 1 },
      value,
      isPurged,
    })
    knownById.set(id, { seq, kind: row.kind, isNew: true })
    if (operation.kind === 'purge')
      for (const name of operation.names) purged.add(purgedKey(conversationId, name))
  }
  return { arrivals, accepted, held, replaced, end: { ...head, seq, digest } }
}

function operationToRow(
  operation: Operation,
  isPurged: boolean,
): Omit<LogTable, 'space' | 'seq' | 'digest' | 'received_at' | 'live'> {
  const { id, conversationId } = operation
  const common = { id, conversation_id: conversationId, stamp: null, body: null }
  if (operation.kind === 'purge') {
    const names = JSON.stringify(operation.names)
    return { ...common, kind: 'purge', register: '', links: names, bytes: names.length, born: null }
  }
  const { register } = operation
  const isMessage = register.startsWith('message:')
  const links = operation.overwrites.length === 0 ? '[]' : JSON.stringify(operation.overwrites)
  if (operation.kind === 'stub' || isPurged) {
    const born = isMessage ? BORN_UNKNOWN : null
    return { ...common, kind: 'stub', register, links, bytes: links.length, born }
  }
  const body = JSON.stringify(operation.value ?? null)
  return {
    ...common,
    kind: 'set',
    register,
    links,
    stamp: operation.stamp,
    body,
    bytes: links.length + Buffer.byteLength(body),
    born: isMessage ? (parseMessageValue(operation.value)?.born ?? BORN_UNKNOWN) : null,
  }
}
