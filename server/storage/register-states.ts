import type { OperationId } from '../../src/domain/ids.ts'
import { applyPurge, type Head } from '../../src/domain/merge.ts'
import type { Queries } from './engine.ts'
import { type Program, rowsOf } from './program.ts'
import { LIVE, literal, lookUp, NOT_REPLACED } from './statement.ts'

/** One register's heads with their values, the winner first. */
export type RegisterHeads = {
  readonly heads: readonly Head[]
  /** Whether a purge names something on it. */
  readonly isPurged: boolean
  /** Bytes of its rows as they go out. */
  readonly bytes: number
}

/** A row of the log but for its value. */
export type GraphRow = {
  readonly id: string
  readonly register: string
  readonly kind: 'set' | 'stub' | 'purge'
  readonly stamp: number | null
  readonly links: string
  readonly bytes: number
  readonly born: number | null
  readonly purged: string | null
}

/** Rows whose register the sender did not know; they may hide values on any register. */
export const UNPLACED = ''

/**
 * The heads of these registers by the domain's merge rule, from the whole log of the conversation. Only the bodies of
 * heads are read. A register of which only stubs are left has no heads.
 */
export function* readRegisters(
  queries: Queries,
  asked: AskedRegisters,
): Program<ReadonlyMap<string, RegisterHeads>> {
  const rows = yield* readGraph(queries, asked)
  const settled = settleAll(rows)
  const valuesById = yield* readValues(
    queries,
    asked.space,
    [...settled.values()].flatMap(({ heads }) => heads.map((head) => head.id)),
  )
  const found = new Map<string, RegisterHeads>()
  for (const [register, { heads, bytes, isPurged }] of settled) {
    const valued = heads.map((head) => ({ ...head, value: valuesById.get(head.id) }))
    found.set(register, { bytes, isPurged, heads: valued })
  }
  return found
}

type AskedRegisters = {
  readonly space: string
  readonly conversationId: string
  readonly registers: 'all' | ReadonlySet<string>
  /** The log up to here; absent: all of it. */
  readonly untilSeq?: number
}

/** What the log has of registers, and of none in particular, without the values. */
export function* readGraph(queries: Queries, asked: AskedRegisters): Program<readonly GraphRow[]> {
  const { registers } = asked
  if (registers === 'all') {
    const { space, conversationId, untilSeq = Number.MAX_SAFE_INTEGER } = asked
    return yield* rowsOf(graphOf(queries, { space, conversationId, untilSeq }))
  }
  return yield* readGraphOf(queries, { ...asked, registers: [...registers, UNPLACED] })
}

/** What the log has of these registers alone, without the values. */
export function* readGraphOf(
  queries: Queries,
  asked: Omit<AskedRegisters, 'registers'> & { readonly registers: readonly string[] },
): Program<readonly GraphRow[]> {
  const { space, conversationId, untilSeq = Number.MAX_SAFE_INTEGER, registers } = asked
  const rows = () => graphOf(queries, { space, conversationId, untilSeq })
  const wanted = { column: 'log.register', texts: registers, rows }
  return yield* rowsOf(lookUp(queries, 'graph', [space, conversationId, untilSeq, 'purge'], wanted))
}

function graphOf(
  { db }: Queries,
  { space, conversationId, untilSeq }: { space: string; conversationId: string; untilSeq: number },
) {
  return db
    .selectFrom('log')
    .where('log.space', '=', space)
    .where('log.conversation_id', '=', conversationId)
    .where('log.seq', '<=', untilSeq)
    .where('log.live', '>', NOT_REPLACED)
    .where('log.kind', '!=', 'purge')
    .select((eb) => [
      ...(['log.id', 'log.register', 'log.kind', 'log.stamp', 'log.links', 'log.bytes', 'log.born'] as const),
      eb
        .selectFrom('purged')
        .whereRef('purged.space', '=', 'log.space')
        .whereRef('purged.id', '=', 'log.id')
        .whereRef('purged.conversation_id', '=', 'log.conversation_id')
        .limit(literal(1))
        .select('purged.id')
        .as('purged'),
    ])
}

/** Rows by register; those of no register in particular belong to each, since they may hide values anywhere. */
export function rowsByRegister(rows: readonly GraphRow[]): ReadonlyMap<string, readonly GraphRow[]> {
  const unplaced = rows.filter((row) => row.register === UNPLACED)
  const found = new Map<string, GraphRow[]>()
  for (const row of rows) {
    if (row.register === UNPLACED) continue
    const mine = found.get(row.register)
    if (mine === undefined) found.set(row.register, [row])
    else mine.push(row)
  }
  for (const mine of found.values()) mine.push(...unplaced)
  return found
}

/** The heads of each register, without their values, the winner first. */
export function settleAll(rows: readonly GraphRow[]): Map<string, RegisterHeads> {
  const purged = new Set<string>(rows.filter((row) => row.purged !== null).map((row) => row.id))
  const settled = new Map<string, RegisterHeads>()
  for (const [register, mine] of rowsByRegister(rows)) {
    const alone = mine.length === 1 ? settleAlone(mine[0]) : undefined
    if (alone !== undefined) {
      settled.set(register, alone)
      continue
    }
    const candidates: Head[] = []
    const stubs = new Map<OperationId, readonly OperationId[]>()
    let bytes = 0
    for (const row of mine) {
      bytes += row.bytes
      const id = row.id as OperationId
      const overwrites = JSON.parse(row.links) as readonly OperationId[]
      if (row.kind === 'set') {
        candidates.push({ id, stamp: row.stamp ?? 0, overwrites, value: undefined })
      } else stubs.set(id, overwrites)
    }
    // Settling all candidates at once is the same as applying one by one, without the square of their number.
    const { heads } = applyPurge({ heads: candidates, stubs }, (id) => purged.has(id))
    settled.set(register, {
      heads,
      bytes,
      isPurged: mine.some((row) => row.register === register && row.purged !== null),
    })
  }
  return settled
}

/** Most registers are written once. */
function settleAlone(row: GraphRow | undefined): RegisterHeads | undefined {
  if (row === undefined || row.kind !== 'set' || row.purged !== null || row.links !== '[]') return undefined
  const head = { id: row.id as OperationId, stamp: row.stamp ?? 0, overwrites: [], value: undefined }
  return { heads: [head], bytes: row.bytes, isPurged: false }
}

/** The values of live operations. */
export function* readValues(
  queries: Queries,
  space: string,
  ids: readonly string[],
): Program<ReadonlyMap<string, unknown>> {
  if (ids.length === 0) return new Map()
  const log = () =>
    queries.db.selectFrom('log').where('space', '=', space).where('live', '=', LIVE).select(['id', 'body'])
  const rows = yield* rowsOf(lookUp(queries, 'values', [space], { column: 'id', texts: ids, rows: log }))
  return new Map(rows.map(({ id, body }) => [id, body === null ? null : JSON.parse(body)]))
}
