import type { CompiledQuery } from 'kysely'
import type { Cursor, OperationId } from '../../src/domain/ids.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { type Arrived, arrive, type Known, purgedKey } from './arrivals.ts'
import { pointToCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { logInsertion } from './log-insertion.ts'
import { checkPoint, type FoundPoint, findPoint } from './points.ts'
import { chunksOf, type Program, rowsOf, runAll, together } from './program.ts'
import { projectArrivals } from './project-arrivals.ts'
import type { SpaceHead } from './spaces.ts'
import { LIVE, lookUp, statement } from './statement.ts'
import { readTouched, type Touched } from './touched.ts'

export type Appended = {
  readonly accepted: readonly OperationId[]
  /** Of the accepted: here already, at or before the cursor that was sent. */
  readonly held: readonly OperationId[]
  readonly head: Cursor
  /** Rows that were added to the log. */
  readonly added: number
}

/** What a space's log knows of operations that arrive, and of the cursor that they come with. */
export type Before = {
  readonly space: string
  readonly point: FoundPoint
  readonly knownById: Map<string, Known>
  readonly purged: Set<string>
  readonly touched: ReadonlyMap<string, Touched>
}

/** Call it inside the writing transaction, behind the space's lock. Without a cursor it is as from the beginning. */
export function* readBefore(
  queries: Queries,
  {
    space,
    cursor,
    operations,
  }: { readonly space: string; readonly cursor?: Cursor; readonly operations: readonly Operation[] },
): Program<Before> {
  const [point, knownById, purged, touched] = yield* together<
    [FoundPoint, Map<string, Known>, Set<string>, ReadonlyMap<string, Touched>]
  >(
    findPoint(queries, space, cursor ?? CURSOR_ZERO),
    readKnown(queries, space, operations),
    readPurged(queries, space, operations),
    readTouched(queries, space, operations),
  )
  return { space, point, knownById, purged, touched }
}

/**
 * Adds operations to a space's log, in the order given, and brings the projection up to date: call it inside a writing
 * transaction that holds the space's lock; `head` is the log's end under it, and `before` was read under it. A repeated id is
 * acknowledged and ignored; a whole operation whose id is here only as a stub replaces it in a new row; what a purge names loses
 * its body now or on arrival. Throws `sync/gone` if the cursor does not match.
 */
export function* appendOperations(
  queries: Queries,
  request: {
    readonly head: SpaceHead
    readonly before: Before
    readonly operations: readonly Operation[]
    readonly now: number
  },
): Program<Appended> {
  const { head, before, operations, now } = request
  const { space } = head
  const cursorSeq = checkPoint(head, before.point)
  const arrived = arrive(before, { head, cursorSeq, operations, now })
  const { accepted, held, end, arrivals } = arrived
  const outcome = {
    accepted: [...accepted],
    held: [...held],
    head: pointToCursor(end),
    added: arrivals.length,
  }
  if (arrivals.length === 0) return outcome
  const writes = [...arrivedToWrites(queries, arrived), ...purgesToWrites(queries, space, operations)]
  yield* together(runAll(writes), projectArrivals(queries, space, before.touched, arrivals))
  return outcome
}

const idsOf = (operations: readonly Operation[]): readonly string[] => operations.map(({ id }) => id)

function* readKnown(
  queries: Queries,
  space: string,
  operations: readonly Operation[],
): Program<Map<string, Known>> {
  const log = () =>
    queries.db
      .selectFrom('log')
      .where('space', '=', space)
      .where('live', '=', LIVE)
      .select(['id', 'seq', 'kind'])
  const wanted = { column: 'id', texts: idsOf(operations), rows: log }
  const rows = yield* rowsOf(lookUp(queries, 'known', [space], wanted))
  return new Map(rows.map(({ id, seq, kind }) => [id, { seq, kind, isNew: false }]))
}

function* readPurged(
  queries: Queries,
  space: string,
  operations: readonly Operation[],
): Program<Set<string>> {
  const purged = () =>
    queries.db.selectFrom('purged').where('space', '=', space).select(['id', 'conversation_id'])
  const wanted = { column: 'id', texts: idsOf(operations), rows: purged }
  const rows = yield* rowsOf(lookUp(queries, 'purged', [space], wanted))
  return new Set(rows.map((row) => purgedKey(row.conversation_id, row.id)))
}

function arrivedToWrites(queries: Queries, { arrivals, replaced, end }: Arrived): CompiledQuery[] {
  const { db } = queries
  const { space, seq, digest } = end
  const writes: CompiledQuery[] = []
  for (const chunk of chunksOf([...replaced])) {
    const old = db.updateTable('log').set({ live: 0 }).where('space', '=', space).where('seq', 'in', chunk)
    writes.push(old.compile())
  }
  // A stub may have been replaced by its whole operation in the same request.
  const rows = arrivals.map(({ row }) => (replaced.has(row.seq) ? { ...row, live: 0 } : row))
  const move = statement(queries, 'move head', [seq, digest, space], () =>
    db.updateTable('spaces').set({ head_seq: seq, head_digest: digest }).where('id', '=', space),
  )
  return [...writes, ...logInsertion(queries, rows), move.compile()]
}

/** Marks what purges name, and strips the bodies that are here. */
function purgesToWrites({ db }: Queries, space: string, operations: readonly Operation[]): CompiledQuery[] {
  const writes: CompiledQuery[] = []
  for (const purge of operations) {
    if (purge.kind !== 'purge') continue
    const { conversationId } = purge
    const names = [...new Set(purge.names)]
    writes.push(
      db
        .insertInto('purged')
        .values(names.map((id) => ({ space, id, conversation_id: conversationId })))
        .onConflict((conflict) => conflict.doNothing())
        .compile(),
      db
        .updateTable('log')
        .set((eb) => ({ kind: 'stub', body: null, bytes: eb.fn<number>('length', ['links']) }))
        .where('space', '=', space)
        .where('conversation_id', '=', conversationId)
        .where('kind', '=', 'set')
        .where('id', 'in', names)
        .compile(),
    )
  }
  return writes
}
