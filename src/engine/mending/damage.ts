import { ChatkeepError } from '../../domain/errors.ts'
import { comparePlaces } from '../../domain/message.ts'
import { messageRegister } from '../../domain/register.ts'
import type { WriteTransaction } from '../../ports/storage.ts'
import { loadAllEntries } from '../all-entries.ts'
import { rangeOf } from '../conversation-range.ts'
import type { ConversationState } from '../conversation-state.ts'
import { encodePackIndex, nodeOf, packIndexKey } from '../pack-index.ts'
import { decodePack } from '../packs.ts'
import { loadSeen } from '../seen.ts'
import { isAwaited } from './damage-errors.ts'

/**
 * Counts again what of a damaged conversation is missing. `isAsked`: everything that the cloud has of it was applied just now. `isRest`:
 * something other than messages was lost, which only the cloud can tell. Once nothing is missing, what was set aside is deleted.
 */
export async function settleDamage(
  tx: WriteTransaction,
  state: ConversationState,
  { isAsked, isRest = false }: { readonly isAsked: boolean; readonly isRest?: boolean },
): Promise<void> {
  if (state.damaged === undefined) return
  const here = new Set((await loadAllEntries(tx, state)).map(({ id }) => id))
  let messageCount = 0
  for (const { id } of state.tree.nodes.filter((node) => !here.has(node.id))) {
    const register = messageRegister(id)
    const isElsewhere = state.lacking.has(register)
    // Nothing that could be shown is left of it anywhere: it was overwritten or deleted for ever.
    const isOver = isAsked && (await loadSeen(tx, state, register)).stubs.size > 0
    if (isElsewhere || isOver) state.tree.remove(id)
    else messageCount += 1
  }
  state.changed = true
  const isWhole = messageCount === 0 && (isAsked || !isRest)
  state.damaged = isWhole
    ? undefined
    : { messageCount, at: state.damaged.at, ...(isAsked ? { settled: true } : {}) }
  if (isWhole || isAsked) await indexAnew(tx, state, here)
}

/** The index names what is in packs and what is missing. Nothing is: what was set aside goes. */
async function indexAnew(
  tx: WriteTransaction,
  state: ConversationState,
  here: ReadonlySet<string>,
): Promise<void> {
  const { id } = state
  const packs = await tx.scan('packs', { range: rangeOf(id) })
  if (state.damaged === undefined) {
    for (const pack of packs)
      if (pack.setAside !== undefined) await tx.delete('packs', [id, pack.firstBorn, pack.firstId])
  }
  const missing = state.tree.nodes.filter((node) => !here.has(node.id))
  const nodes = [...packs.flatMap(decodePack).map(nodeOf), ...missing].sort(comparePlaces)
  if (nodes.length === 0) await tx.delete('packs', packIndexKey(id))
  else await tx.put('packs', encodePackIndex(id, nodes))
  state.packed = nodes.length
}

/** For acts that need to know everything of a conversation. Rejects like one whose content is not here, until the cloud was asked. */
export function requireWhole(unit: { hasCloud(): boolean }, { id, damaged }: ConversationState): void {
  if (!unit.hasCloud() || !isAwaited(damaged)) return
  throw new ChatkeepError(
    'sync/absent',
    `Messages of ${id} are damaged on this device and have to come from the cloud first. Nothing was written; fetch it (opening it does), then repeat.`,
    { retryable: true, details: { conversationId: id } },
  )
}
