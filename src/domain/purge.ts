import type { OperationId } from './ids.ts'
import { MAX_PURGE_IDS, type PurgeOperation } from './operation.ts'

/**
 * The roots and all that they overwrite, directly or through others, each after everything that it overwrites: the order in which a
 * purge has to name them. A cycle (nobody honest makes one) is cut where it is met.
 */
export function bottomUp<Id extends string>(
  roots: Iterable<Id>,
  overwritesById: ReadonlyMap<Id, readonly Id[]>,
): Id[] {
  const order: Id[] = []
  const met = new Set<Id>()
  for (const root of roots) {
    // A stack of our own: chains of edits can be longer than the call stack is deep.
    const stack: { readonly id: Id; readonly isLeaving: boolean }[] = [{ id: root, isLeaving: false }]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.isLeaving) order.push(top.id)
      if (top.isLeaving || met.has(top.id)) continue
      met.add(top.id)
      stack.push({ id: top.id, isLeaving: true })
      for (const id of overwritesById.get(top.id) ?? []) stack.push({ id, isLeaving: false })
    }
  }
  return order
}

/**
 * Purges of at most 1,000 ids each, in the order given: name what is overwritten before what overwrites it. With `idOf` as a hash of
 * what is named, devices that purge the same write the same operation.
 */
export function purgesOf(
  conversationId: string,
  names: readonly OperationId[],
  idOf: (names: readonly OperationId[]) => OperationId,
): PurgeOperation[] {
  const purges: PurgeOperation[] = []
  for (let start = 0; start < names.length; start += MAX_PURGE_IDS) {
    const part = names.slice(start, start + MAX_PURGE_IDS)
    purges.push({ kind: 'purge', id: idOf(part), conversationId, names: part })
  }
  return purges
}

/** What decides whether a conversation is gone for good. */
export type Remains = {
  readonly hasPurges: boolean
  /** Any message has a head, removed ones included. */
  readonly hasMessages: boolean
  /** A register other than `trashed` has a head. */
  readonly hasOtherHeads: boolean
  readonly trashed: boolean
}

/** Whether a purge left nothing of a conversation that a list would show. Something new in it shows it again. */
export function isGone({ hasPurges, hasMessages, hasOtherHeads, trashed }: Remains): boolean {
  return hasPurges && !hasMessages && (trashed || !hasOtherHeads)
}
