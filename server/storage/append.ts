import type { CompiledQuery } from 'kysely'
import type { Cursor, OperationId } from '../../src/domain/ids.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { nextDigest, pointToCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { insertionOf } from './insertion.ts'
import { chunksOf, type Program, rowsOf, runAll, together } from './program.ts'
import { projectTouched } from './project-touched.ts'
import type { LogTable } from './schema.ts'
import { checkPoint, type FoundPoint, findPoint, lockSpace, type SpaceHead } from './spaces.ts'

export type Appended = {
  readonly accepted: readonly OperationId[]
  /** Of the accepted: here already, at or before the cursor that was sent. */
  readonly held: readonly OperationId[]
  readonly head: Cursor
  /** Rows that were added to the log. */
  readonly added: number
}

type Known = { readonly seq: number; readonly kind: LogTable['kind']; readonly isNew: boolean }

/**
 * Adds operations to a space's log, in the order given, and brings the projection up to date: call it inside a writing
 * transaction. A repeated id is acknowledged and ignored; a whole operation whose id is here only as a stub replaces it in
 * a new row; what a purge names loses its body now or on arrival. Throws `sync/gone` if the cursor does not match.
 */
export function* appendOperations(
  queries: Queries,
  request: {
    readonly space: string
    readonly cursor: Cursor | null
    readonly operations: readonly Operation[]
    readonly now: number
  },
): Program<Appended> {
  const { operations, now } = request
  const { space } = request
  // The lock comes first: what the others read is then what no other writer can change.
  const [head, point, knownById, purged] = yield* together<
    [SpaceHead, FoundPoint, Map<string, Known>, Set<string>]
  >(
    lockSpace(queries, space),
    findPoint(queries, space, request.cursor ?? CURSOR_ZERO),
    readKnown(queries, space, operations),
    readPurged(queries, space, operations),
  )
  const cursorSeq = checkPoint(head, point)

  const accepted = new Set<OperationId>()
  const held = new Set<OperationId>()
  const replaced = new Set<number>()
  const rows: LogTable[] = []
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
    rows.push({ ...row, space: head.space, seq, digest, received_at: now, live: 1 })
    knownById.set(id, { seq, kind: row.kind, isNew: true })
    if (operation.kind === 'purge')
      for (const name of operation.names) purged.add(purgedKey(conversationId, name))
  }
  const cursor = pointToCursor({ ...head, seq, digest })
  const outcome = { accepted: [...accepted], held: [...held], head: cursor, added: rows.length }
  if (rows.length === 0) return outcome
  const writes = [
    ...rowsToWrites(queries, head, rows, replaced),
    ...purgesToWrites(queries, space, operations),
  ]
  yield* together(runAll(writes), projectTouched(queries, space, rows))
  return outcome
}

const purgedKey = (conversationId: string, id: string) => `${id} ${conversationId}`

function operationToRow(
  operation: Operation,
  isPurged: boolean,
): Omit<LogTable, 'space' | 'seq' | 'digest' | 'received_at' | 'live'> {
  const { id, conversationId } = operation
  const common = { id, conversation_id: conversationId, stamp: null, body: null }
  if (operation.kind === 'purge') {
    const names = JSON.stringify(operation.names)
    return { ...common, kind: 'purge', register: '', links: names, bytes: names.length }
  }
  const { register } = operation
  const links = JSON.stringify(operation.overwrites)
  if (operation.kind === 'stub' || isPurged)
    return { ...common, kind: 'stub', register, links, bytes: links.length }
  const body = JSON.stringify(operation.value ?? null)
  return {
    ...common,
    kind: 'set',
    register,
    links,
    stamp: operation.stamp,
    body,
    bytes: links.length + Buffer.byteLength(body),
  }
}

function* readKnown(
  { db }: Queries,
  space: string,
  operations: readonly Operation[],
): Program<Map<string, Known>> {
  const knownById = new Map<string, Known>()
  for (const chunk of chunksOf(operations.map((operation) => operation.id))) {
    const rows = yield* rowsOf(
      db
        .selectFrom('log')
        .where('space', '=', space)
        .where('live', '=', 1)
        .where('id', 'in', chunk)
        .select(['id', 'seq', 'kind']),
    )
    for (const { id, seq, kind } of rows) knownById.set(id, { seq, kind, isNew: false })
  }
  return knownById
}

function* readPurged({ db }: Queries, space: string, operations: readonly Operation[]): Program<Set<string>> {
  const purged = new Set<string>()
  for (const chunk of chunksOf(operations.map((operation) => operation.id))) {
    const rows = yield* rowsOf(
      db
        .selectFrom('purged')
        .where('space', '=', space)
        .where('id', 'in', chunk)
        .select(['id', 'conversation_id']),
    )
    for (const row of rows) purged.add(purgedKey(row.conversation_id, row.id))
  }
  return purged
}

function rowsToWrites(
  queries: Queries,
  head: SpaceHead,
  rows: readonly LogTable[],
  replaced: ReadonlySet<number>,
): CompiledQuery[] {
  const { db } = queries
  const writes: CompiledQuery[] = []
  for (const chunk of chunksOf([...replaced])) {
    writes.push(
      db
        .updateTable('log')
        .set({ live: 0 })
        .where('space', '=', head.space)
        .where('seq', 'in', chunk)
        .compile(),
    )
  }
  // A row has 13 columns; both databases take more than 32,000 parameters.
  for (const chunk of chunksOf(rows, 500)) {
    // A stub may have been replaced by its whole operation in the same request.
    const values = chunk.map((row) => (replaced.has(row.seq) ? { ...row, live: 0 } : row))
    writes.push(insertionOf(queries, 'log', values, (each) => db.insertInto('log').values(each)))
  }
  const last = rows[rows.length - 1]
  if (last === undefined) return writes
  const move = db.updateTable('spaces').set({ head_seq: last.seq, head_digest: last.digest })
  return [...writes, move.where('id', '=', head.space).compile()]
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
