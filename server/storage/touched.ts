import type { Operation } from '../../src/domain/operation.ts'
import type { Basis } from '../projection/basis.ts'
import { EMPTY_BASIS } from '../projection/basis.ts'
import type { Queries } from './engine.ts'
import { type Program, rowsOf, together } from './program.ts'
import { type GraphRow, readGraphOf, readValues, settleAll } from './register-states.ts'
import { lookUp } from './statement.ts'

/** What is known of a conversation before new operations are written to it. */
export type Touched = {
  /** Null: what they make of its entry in the list is for the whole conversation to tell. */
  readonly basis: Basis | null
  /** What the log has of the registers that they write to, and the values of those registers' heads. */
  readonly graph: readonly GraphRow[]
  readonly valuesById: ReadonlyMap<string, unknown>
}

const UNTOLD: Touched = { basis: null, graph: [], valuesById: new Map() }

/** What is known of the conversations that operations are of. */
export function* readTouched(
  queries: Queries,
  space: string,
  operations: readonly Operation[],
): Program<ReadonlyMap<string, Touched>> {
  const registersById = registersByConversation(operations)
  const ids = [...registersById.keys()]
  const told = [...registersById].flatMap(([conversationId, registers]) =>
    registers === null ? [] : [{ space, conversationId, registers: [...registers] }],
  )
  const [basisById, graphs] = yield* together<
    [ReadonlyMap<string, Basis | null>, readonly (readonly GraphRow[])[]]
  >(
    readBases(queries, space, ids),
    together<readonly (readonly GraphRow[])[]>(...told.map((asked) => readGraphOf(queries, asked))),
  )
  const headIds = graphs.flatMap((graph) =>
    graph.length === 0
      ? []
      : [...settleAll(graph).values()].flatMap(({ heads }) => heads.map(({ id }) => id)),
  )
  const valuesById = yield* readValues(queries, space, headIds)
  const touched = new Map<string, Touched>(ids.map((id) => [id, UNTOLD]))
  for (const [index, { conversationId }] of told.entries()) {
    const basis = basisById.get(conversationId)
    // Of one that is nowhere there is nothing that a look at it could tell.
    const known = basis === undefined ? EMPTY_BASIS : basis
    touched.set(conversationId, { basis: known, graph: graphs[index] ?? [], valuesById })
  }
  return touched
}

/** The registers that are written to, by conversation; null after a purge or a stub of no register in particular. */
function registersByConversation(operations: readonly Operation[]): Map<string, Set<string> | null> {
  const registersById = new Map<string, Set<string> | null>()
  for (const operation of operations) {
    const { conversationId } = operation
    const known = registersById.get(conversationId)
    if (known === null) continue
    if (operation.kind === 'purge' || operation.register === '') registersById.set(conversationId, null)
    else if (known === undefined) registersById.set(conversationId, new Set([operation.register]))
    else known.add(operation.register)
  }
  return registersById
}

function* readBases(
  queries: Queries,
  space: string,
  ids: readonly string[],
): Program<ReadonlyMap<string, Basis | null>> {
  const entries = () =>
    queries.db.selectFrom('conversations').where('space', '=', space).select(['id', 'basis'])
  const rows = yield* rowsOf(lookUp(queries, 'bases', [space], { column: 'id', texts: ids, rows: entries }))
  return new Map(rows.map(({ id, basis }) => [id, basis === null ? null : (JSON.parse(basis) as Basis)]))
}
