import type { Head, RegisterState } from '../domain/merge.ts'
import { comparePlaces, type MessageValue } from '../domain/message.ts'
import type { LiftedFile } from '../ports/records/message.ts'
import type { ConversationState } from './conversation-state.ts'
import type { EntryState } from './load-entry.ts'
import { nodeOf } from './pack-index.ts'

/** Places the heads of a message: the least born of them decides where it stands. */
export function setEntry(
  state: ConversationState,
  messageId: string,
  heads: readonly Head<MessageValue>[],
  lifted: readonly LiftedFile[],
): void {
  state.changed = true
  const known = state.entries.get(messageId)
  const first = heads.reduce<Head<MessageValue> | undefined>(
    (least, head) => (least === undefined || comparePlaces(placeOf(head), placeOf(least)) < 0 ? head : least),
    undefined,
  )
  const entry: EntryState = known ?? {
    id: messageId,
    born: 0,
    parentId: null,
    heads,
    lifted,
    source: 'new',
    sourceBorn: -1,
    changed: true,
  }
  entry.changed = true
  entry.heads = heads
  entry.lifted = lifted.filter((file) => heads.some((head) => head.id === file.operationId))
  for (const { hash } of lifted) {
    if (!entry.lifted.some((file) => file.hash === hash)) state.droppedFiles.add(hash)
  }
  if (first !== undefined) {
    entry.born = first.value.born
    entry.parentId = first.value.parentId
  }
  state.entries.set(messageId, entry)
  if (heads.length === 0) state.tree.remove(messageId)
  else state.tree.put(nodeOf(entry))
}

const placeOf = (head: Head<MessageValue>) => ({ born: head.value.born, id: head.value.parentId ?? '' })

/** Gives a register that is no message its heads. */
export function setRegister(state: ConversationState, register: string, heads: readonly Head[]): void {
  state.changed = true
  if (heads.length === 0) state.registers.delete(register)
  else state.registers.set(register, heads)
}

/** Keeps the stubs of a register that was just settled. */
export function keepStubs(
  state: ConversationState,
  register: string,
  next: RegisterState<never> | RegisterState,
): void {
  const seen = state.seen.get(register)
  if (seen === undefined) return
  // A register that nothing was overwritten on needs no record.
  if (next.stubs.size === 0 && seen.stubs.size === 0) return
  seen.stubs = next.stubs
  seen.changed = true
  state.changed = true
}
