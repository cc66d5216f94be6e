import type { OperationId } from '../../src/domain/ids.ts'
import { applyPurge, type Head } from '../../src/domain/merge.ts'
import type { Queries } from './engine.ts'
import { chunksOf, firstOf, type Program, rowsOf } from './program.ts'
import { type GraphRow, readGraph, rowsByRegister } from './register-states.ts'
import type { LogTable } from './schema.ts'
import { lockSpace } from './spaces.ts'

/** Rows of the log that one transaction looks at. */
const ROWS_AT_ONCE = 500
const LOOKED_AT = ['seq', 'received_at', 'conversation_id', 'kind', 'register', 'links'] as const

export type Compacted = {
  /** Operations that lost their values. */
  readonly stripped: number
  /** Nothing old enough is left to look at. */
  readonly isDone: boolean
}

/** Spaces with rows that compaction has not looked at. */
export function* spacesToCompact({ db }: Queries): Program<readonly string[]> {
  const rows = yield* rowsOf(
    db.selectFrom('spaces').whereRef('head_seq', '>', 'compacted_seq').orderBy('id').select('id'),
  )
  return rows.map(({ id }) => id)
}

/**
 * Drops values that were overwritten before a point in time, and keeps their stubs: state is the same before and after. Goes through the
 * log once, from where it stopped, a part in each call. A value counts as overwritten by what was received by then only, so that the
 * version history keeps what was overwritten since.
 */
export function* compactSpace(
  queries: Queries,
  { space, receivedBefore }: { readonly space: string; readonly receivedBefore: number },
): Program<Compacted> {
  const { db } = queries
  yield* lockSpace(queries, space)
  const at = yield* firstOf(db.selectFrom('spaces').where('id', '=', space).select('compacted_seq'))
  const rows = yield* rowsOf(
    db
      .selectFrom('log')
      .where('space', '=', space)
      .where('seq', '>', at?.compacted_seq ?? 0)
      .orderBy('seq')
      .limit(ROWS_AT_ONCE)
      .select(LOOKED_AT),
  )
  const tooNew = rows.findIndex((row) => row.received_at > receivedBefore)
  const old = tooNew === -1 ? rows : rows.slice(0, tooNew)
  const last = old.at(-1)
  if (last === undefined) return { stripped: 0, isDone: true }
  let stripped = 0
  for (const [conversationId, registers] of yield* touchedBy(queries, space, old)) {
    const graph = yield* readGraph(queries, { space, conversationId, registers, untilSeq: last.seq })
    for (const ofRegister of rowsByRegister(graph).values()) {
      const overwritten = overwrittenIn(ofRegister)
      if (overwritten.length === 0) continue
      yield* strip(queries, space, overwritten)
      stripped += overwritten.length
    }
  }
  yield* rowsOf(db.updateTable('spaces').set({ compacted_seq: last.seq }).where('id', '=', space))
  return { stripped, isDone: old.length < ROWS_AT_ONCE }
}

/** The registers that rows may have overwritten something on, by conversation. */
function* touchedBy(
  queries: Queries,
  space: string,
  rows: readonly Pick<LogTable, (typeof LOOKED_AT)[number]>[],
): Program<ReadonlyMap<string, 'all' | ReadonlySet<string>>> {
  const registersById = new Map<string, Set<string>>()
  for (const row of rows) {
    const registers = registersById.get(row.conversation_id) ?? new Set()
    registersById.set(row.conversation_id, registers)
    if (row.kind === 'purge') yield* addNamedRegisters(queries, space, row, registers)
    else registers.add(row.register)
  }
  // A stub whose sender did not know its register may hide values anywhere.
  return new Map([...registersById].map(([id, registers]) => [id, registers.has('') ? 'all' : registers]))
}

/** Adds the registers of what a purge names and the log has. */
function* addNamedRegisters(
  { db }: Queries,
  space: string,
  purge: Pick<LogTable, 'conversation_id' | 'links'>,
  registers: Set<string>,
): Program<void> {
  const rows = yield* rowsOf(
    db
      .selectFrom('log')
      .where('space', '=', space)
      .where('conversation_id', '=', purge.conversation_id)
      .where('kind', '!=', 'purge')
      .where('id', 'in', JSON.parse(purge.links) as string[])
      .select('register')
      .distinct(),
  )
  for (const { register } of rows) registers.add(register)
}

/** Rows with a value that is no head's. */
function overwrittenIn(rows: readonly GraphRow[]): readonly GraphRow[] {
  const valued = rows.filter((row) => row.kind === 'set')
  const links = (row: GraphRow) => JSON.parse(row.links) as OperationId[]
  const candidates = valued.map(
    (row): Head => ({
      id: row.id as OperationId,
      stamp: row.stamp ?? 0,
      overwrites: links(row),
      value: undefined,
    }),
  )
  const stubs = new Map(
    rows.filter((row) => row.kind === 'stub').map((row) => [row.id as OperationId, links(row)]),
  )
  const purged = new Set<string>(rows.flatMap((row) => row.purged ?? []))
  const { heads } = applyPurge({ heads: candidates, stubs }, (id) => purged.has(id))
  const kept = new Set<string>(heads.map(({ id }) => id))
  return valued.filter(({ id }) => !kept.has(id))
}

function* strip({ db }: Queries, space: string, rows: readonly GraphRow[]): Program<void> {
  for (const chunk of chunksOf(rows.map(({ id }) => id))) {
    yield* rowsOf(
      db
        .updateTable('log')
        .set((eb) => ({ kind: 'stub', body: null, bytes: eb.fn<number>('length', ['links']) }))
        .where('space', '=', space)
        .where('live', '=', 1)
        .where('kind', '=', 'set')
        .where('id', 'in', chunk),
    )
  }
}
