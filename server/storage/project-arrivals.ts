import type { OperationId } from '../../src/domain/ids.ts'
import type { Head } from '../../src/domain/merge.ts'
import { advance, type Basis } from '../projection/basis.ts'
import { cellOf } from '../projection/cell.ts'
import type { Arrival } from './arrivals.ts'
import type { Queries } from './engine.ts'
import { type Program, rowsOf, together } from './program.ts'
import { entryOf, projectAnew } from './project.ts'
import { type GraphRow, settleAll } from './register-states.ts'
import type { Touched } from './touched.ts'

/**
 * Brings the entries of the conversations that rows arrive in up to date, in the transaction that writes the rows, and behind them.
 * Mostly it is told by what was touched; else the conversation is read.
 */
export function* projectArrivals(
  queries: Queries,
  space: string,
  touchedById: ReadonlyMap<string, Touched>,
  arrivals: readonly Arrival[],
): Program<void> {
  const arrivalsById = new Map<string, Arrival[]>()
  for (const arrival of arrivals) {
    const { conversation_id: id } = arrival.row
    const mine = arrivalsById.get(id)
    if (mine === undefined) arrivalsById.set(id, [arrival])
    else mine.push(arrival)
  }
  yield* together(
    ...[...arrivalsById].map(([conversationId, mine]) =>
      projectOne(queries, { space, conversationId }, touchedById.get(conversationId), mine),
    ),
  )
}

function* projectOne(
  queries: Queries,
  conversation: { readonly space: string; readonly conversationId: string },
  touched: Touched | undefined,
  arrivals: readonly Arrival[],
): Program<void> {
  const last = arrivals.at(-1)?.row
  if (last === undefined) return
  const newest = { ...conversation, lastSeq: last.seq, lastDigest: last.digest }
  const basis = touched === undefined ? null : advanceBasis(touched, arrivals)
  // Without a message that is shown, what is left of it decides.
  if (basis === null || basis.count === 0) yield* projectAnew(queries, newest)
  else {
    const entry = { basis, isPresent: true, bornAt: 0, trashed: false, isSimple: true }
    yield* rowsOf(entryOf(queries, newest, entry))
  }
}

/** The basis with what arrives; null when the whole conversation has to be read. */
function advanceBasis({ basis, graph, valuesById }: Touched, arrivals: readonly Arrival[]): Basis | null {
  if (basis === null) return null
  const newById = new Map<string, GraphRow>()
  const newValuesById = new Map<string, unknown>()
  for (const arrival of arrivals) {
    const { id } = arrival.row
    newById.set(id, { ...arrival.row, purged: arrival.isPurged ? id : null })
    newValuesById.set(id, arrival.value)
  }
  const cells = (rows: readonly GraphRow[], values: (id: OperationId) => unknown) =>
    [...settleAll(rows)].map(([register, { heads }]) => {
      const valued = heads.map((head): Head => ({ ...head, value: values(head.id) }))
      return [register, cellOf(register, valued)] as const
    })
  const before = new Map(cells(graph, (id) => valuesById.get(id)))
  // A stub that a whole operation replaces is gone.
  const kept = graph.filter(({ id }) => !newById.has(id))
  const after = cells([...kept, ...newById.values()], (id) =>
    newValuesById.has(id) ? newValuesById.get(id) : valuesById.get(id),
  )
  let advanced: Basis | null = basis
  for (const [register, cell] of after) {
    if (advanced === null) return null
    advanced = advance(advanced, register, before.get(register), cell)
  }
  return advanced
}
