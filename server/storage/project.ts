import type { Compilable } from 'kysely'
import { isGone } from '../../src/domain/purge.ts'
import { type Basis, EMPTY_BASIS, withCell } from '../projection/basis.ts'
import { cellOf, isTruthy } from '../projection/cell.ts'
import { isInTrash, metadataOf } from '../projection/metadata.ts'
import type { Queries } from './engine.ts'
import { chunksOf, firstOf, type Program, rowsOf } from './program.ts'
import { readGraph, readValues, settleAll, UNPLACED } from './register-states.ts'
import { statement } from './statement.ts'

export type Projected = {
  readonly space: string
  readonly conversationId: string
  /** The conversation's newest row in the log. */
  readonly lastSeq: number
  readonly lastDigest: string
}

/** What a list is told of a conversation. */
export type Entry = {
  readonly basis: Basis
  /** Something is left that a list would show. */
  readonly isPresent: boolean
  readonly trashed: boolean
  /** Stamp of the first operation, for one without messages. */
  readonly bornAt: number
  /** What changes may be told from the basis alone. */
  readonly isSimple: boolean
}

/** Registers whose values are in memory at once. */
const REGISTERS_AT_ONCE = 200

/** Writes the entry of a conversation from all that the log has of it, in the transaction that changed the log. */
export function* projectAnew(queries: Queries, projected: Projected): Program<void> {
  const { space, conversationId } = projected
  const graph = yield* readGraph(queries, { space, conversationId, registers: 'all' })
  const settled = [...settleAll(graph)]
  let basis = EMPTY_BASIS
  let recorded: unknown
  for (const chunk of chunksOf(settled, REGISTERS_AT_ONCE)) {
    const ids = chunk.flatMap(([, { heads }]) => heads.map(({ id }) => id))
    const valuesById = yield* readValues(queries, space, ids)
    for (const [register, { heads }] of chunk) {
      const cell = cellOf(
        register,
        heads.map((head) => ({ ...head, value: valuesById.get(head.id) })),
      )
      if (register === 'trashed') recorded = cell.value
      basis = withCell(basis, register, cell)
    }
  }
  const headed = settled.filter(([, { heads }]) => heads.length > 0)
  const messages = headed.filter(([register]) => register.startsWith('message:'))
  const messageHeads = messages.flatMap(([, { heads }]) => heads.map(({ id }) => id))
  const isMarked = isTruthy(recorded)
  const trashed = isMarked && isInTrash(recorded, messageHeads)
  const remains = {
    hasPurges: yield* hasPurge(queries, projected),
    hasMessages: messages.length > 0,
    hasOtherHeads: headed.some(([register]) => register !== 'trashed'),
    trashed,
  }
  const entry: Entry = {
    basis,
    isPresent: headed.length > 0 && !isGone(remains),
    trashed,
    bornAt: basis.count > 0 ? 0 : yield* firstStamp(queries, projected),
    isSimple: basis.count > 0 && !isMarked && graph.every(({ register }) => register !== UNPLACED),
  }
  yield* rowsOf(entryOf(queries, projected, entry))
}

/** The statement that writes an entry. */
export function entryOf(queries: Queries, projected: Projected, entry: Entry): Compilable {
  const { space, conversationId: id, lastSeq, lastDigest } = projected
  const metadata = metadataOf(entry.basis, entry)
  const row = {
    space,
    id,
    updated_at: metadata.updatedAt,
    trashed: entry.trashed ? 1 : 0,
    present: entry.isPresent ? 1 : 0,
    last_seq: lastSeq,
    last_digest: lastDigest,
    metadata: JSON.stringify(metadata),
    basis: entry.isSimple ? JSON.stringify(entry.basis) : null,
  }
  return statement(queries, 'entry', Object.values(row), () =>
    queries.db
      .insertInto('conversations')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['space', 'id']).doUpdateSet((eb) => ({
          updated_at: eb.ref('excluded.updated_at'),
          trashed: eb.ref('excluded.trashed'),
          present: eb.ref('excluded.present'),
          last_seq: eb.ref('excluded.last_seq'),
          last_digest: eb.ref('excluded.last_digest'),
          metadata: eb.ref('excluded.metadata'),
          basis: eb.ref('excluded.basis'),
        })),
      ),
  )
}

function* hasPurge({ db }: Queries, { space, conversationId }: Projected): Program<boolean> {
  const purge = db
    .selectFrom('log')
    .where('space', '=', space)
    .where('conversation_id', '=', conversationId)
    .where('register', '=', '')
    .where('kind', '=', 'purge')
  return (yield* firstOf(purge.limit(1).select('seq'))) !== undefined
}

function* firstStamp({ db }: Queries, { space, conversationId }: Projected): Program<number> {
  const found = yield* firstOf(
    db
      .selectFrom('log')
      .where('space', '=', space)
      .where('conversation_id', '=', conversationId)
      .select(({ fn }) => fn.min('stamp').as('stamp')),
  )
  return found?.stamp ?? 0
}
