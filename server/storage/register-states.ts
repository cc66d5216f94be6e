import type { OperationId } from '../../src/domain/ids.ts'
import { applyPurge, type Head } from '../../src/domain/merge.ts'
import type { Queries } from './engine.ts'
import { chunksOf, type Program, rowsOf } from './program.ts'

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
  readonly purged: string | null
}

/** Rows whose register the sender did not know; they may hide values on any register. */
const UNPLACED = ''

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
export function* readGraph(
  { db }: Queries,
  { space, conversationId, registers, untilSeq }: AskedRegisters,
): Program<readonly GraphRow[]> {
  const all = db
    .selectFrom('log')
    .leftJoin('purged', (join) =>
      join
        .onRef('purged.space', '=', 'log.space')
        .onRef('purged.id', '=', 'log.id')
        .onRef('purged.conversation_id', '=', 'log.conversation_id'),
    )
    .where('log.space', '=', space)
    .where('log.conversation_id', '=', conversationId)
    .where('log.live', '=', 1)
    .where('log.kind', '!=', 'purge')
    .select([
      'log.id',
      'log.register',
      'log.kind',
      'log.stamp',
      'log.links',
      'log.bytes',
      'purged.id as purged',
    ])
  const graph = untilSeq === undefined ? all : all.where('log.seq', '<=', untilSeq)
  const rows: GraphRow[] = []
  if (registers === 'all') rows.push(...(yield* rowsOf(graph)))
  else {
    for (const chunk of chunksOf([...registers, UNPLACED])) {
      rows.push(...(yield* rowsOf(graph.where('log.register', 'in', chunk))))
    }
  }
  return rows
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

function settleAll(rows: readonly GraphRow[]): Map<string, RegisterHeads> {
  const purged = new Set<string>(rows.filter((row) => row.purged !== null).map((row) => row.id))
  const settled = new Map<string, RegisterHeads>()
  for (const [register, mine] of rowsByRegister(rows)) {
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

function* readValues(
  { db }: Pick<Queries, 'db'>,
  space: string,
  ids: readonly string[],
): Program<ReadonlyMap<string, unknown>> {
  const valuesById = new Map<string, unknown>()
  for (const chunk of chunksOf(ids)) {
    const rows = yield* rowsOf(
      db
        .selectFrom('log')
        .where('space', '=', space)
        .where('live', '=', 1)
        .where('id', 'in', chunk)
        .select(['id', 'body']),
    )
    for (const { id, body } of rows) valuesById.set(id, body === null ? null : JSON.parse(body))
  }
  return valuesById
}
