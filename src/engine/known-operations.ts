import type { OperationId } from '../domain/ids.ts'
import type { Head } from '../domain/merge.ts'
import type { MessageValue } from '../domain/message.ts'
import type { Operation, SetOperation, StubOperation } from '../domain/operation.ts'
import { bottomUp } from '../domain/purge.ts'
import { messageRegister } from '../domain/register.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { loadAllEntries } from './all-entries.ts'
import type { ConversationState } from './conversation-state.ts'
import { restoreInlineFiles } from './inline-files.ts'
import { loadAllStubs } from './seen.ts'

/**
 * Everything that this database holds of a conversation, in the order in which it may be offered: purges; stubs, what is overwritten
 * before what overwrites it; then values, each after everything that it overwrites.
 */
export async function knownOperations(
  tx: WriteTransaction,
  state: ConversationState,
): Promise<readonly Operation[]> {
  const purges: Operation[] = [...state.purges].map(([id, names]) => ({
    kind: 'purge',
    id,
    conversationId: state.id,
    names,
  }))
  const stubsById = new Map<OperationId, StubOperation>()
  const overwritesById = new Map<OperationId, readonly OperationId[]>()
  for (const [register, graph] of await loadAllStubs(tx, state)) {
    for (const [id, overwrites] of graph) {
      stubsById.set(id, { kind: 'stub', id, conversationId: state.id, register, overwrites })
      overwritesById.set(id, overwrites)
    }
  }
  const stubs = bottomUp(stubsById.keys(), overwritesById).flatMap((id) => stubsById.get(id) ?? [])
  const values: SetOperation[] = []
  const push = (register: string, head: Head) =>
    values.push({ kind: 'set', conversationId: state.id, register, ...head })
  for (const [register, heads] of state.registers) for (const head of heads) push(register, head)
  for (const entry of await loadAllEntries(tx, state)) {
    const heads = await wholeHeads(tx, entry)
    for (const head of heads) push(messageRegister(entry.id), head)
  }
  values.sort((a, b) => a.stamp - b.stamp || (a.id < b.id ? -1 : 1))
  return [...purges, ...stubs, ...values]
}

/** Heads with their inline files put back. */
export async function wholeHeads(
  tx: Pick<WriteTransaction, 'get'>,
  entry: { readonly heads: readonly Head<MessageValue>[]; readonly lifted?: readonly { hash: string }[] },
): Promise<readonly Head<MessageValue>[]> {
  const lifted = (entry.lifted ?? []) as Parameters<typeof restoreInlineFiles>[1]
  if (lifted.length === 0) return entry.heads
  const blobs = await Promise.all(lifted.map((file) => tx.get('blobs', file.hash)))
  const textByHash = new Map(
    blobs.flatMap((blob) => (typeof blob?.text === 'string' ? [[blob.hash, blob.text] as const] : [])),
  )
  return entry.heads.map((head) => restoreInlineFiles(head, lifted, textByHash))
}
