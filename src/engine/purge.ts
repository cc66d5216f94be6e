import type { OperationId } from '../domain/ids.ts'
import type { Operation } from '../domain/operation.ts'
import { bottomUp, purgesOf } from '../domain/purge.ts'
import type { Hashing } from '../ports/random.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { loadAllEntries } from './all-entries.ts'
import { applyPurges } from './apply-purges.ts'
import { headsOf } from './author.ts'
import type { ConversationState } from './conversation-state.ts'
import { lackingHeads } from './lacking.ts'
import { loadAllStubs, loadSeen } from './seen.ts'

type Graph = Map<OperationId, readonly OperationId[]>

/**
 * Purges these operations and all that they overwrite, but for what is purged already: their values leave this device now, the cloud
 * and other devices when they hear of it. What overwrites them stays. Answers how many operations it named.
 */
export async function writePurges(
  tx: WriteTransaction,
  state: ConversationState,
  roots: Iterable<OperationId>,
  graph: Graph,
  hashing: Hashing,
): Promise<number> {
  const names = bottomUp(roots, graph).filter((id) => !state.purged.has(id))
  // The id follows from what is named: devices that see the same late value write the same purge.
  const idOf = (named: readonly OperationId[]) =>
    hashing.hash(JSON.stringify(['purge', state.id, ...named])) as OperationId
  const purges = purgesOf(state.id, names, idOf)
  await applyPurges(tx, state, purges)
  state.authored.push(...purges)
  return names.length
}

/** What each operation of a conversation that is known here overwrites. Reads the whole history. */
export async function graphOf(tx: WriteTransaction, state: ConversationState): Promise<Graph> {
  const graph: Graph = new Map()
  for (const stubs of (await loadAllStubs(tx, state)).values())
    for (const [id, overwrites] of stubs) graph.set(id, overwrites)
  for (const [id, { overwrites }] of lackingHeads(state)) graph.set(id, overwrites)
  const heads = [
    ...state.registers.values(),
    ...(await loadAllEntries(tx, state)).map((entry) => entry.heads),
  ]
  for (const { id, overwrites } of heads.flat()) graph.set(id, overwrites)
  return graph
}

/** A purge for what lies under something purged and is named by none, as far as these operations brought it to light. */
export async function purgeLate(
  tx: WriteTransaction,
  state: ConversationState,
  operations: readonly Operation[],
  hashing: Hashing,
): Promise<void> {
  if (state.purged.size === 0) return
  const registers = new Set<string>()
  for (const operation of operations) registers.add(operation.kind === 'purge' ? '' : operation.register)
  const graph = registers.has('') ? await graphOf(tx, state) : await graphOfRegisters(tx, state, registers)
  const purged = [...graph.keys()].filter((id) => state.purged.has(id)).sort()
  await writePurges(tx, state, purged, graph, hashing)
}

async function graphOfRegisters(
  tx: WriteTransaction,
  state: ConversationState,
  registers: ReadonlySet<string>,
): Promise<Graph> {
  const graph: Graph = new Map()
  for (const register of registers) {
    for (const [id, overwrites] of (await loadSeen(tx, state, register)).stubs) graph.set(id, overwrites)
    for (const { id, overwrites } of await headsOf(tx, state, register)) graph.set(id, overwrites)
    for (const [id, { overwrites }] of state.lacking.get(register) ?? []) graph.set(id, overwrites)
  }
  return graph
}
