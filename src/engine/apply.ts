import type { OperationId } from '../domain/ids.ts'
import { applyToRegister, type RegisterState } from '../domain/merge.ts'
import type { MessageValue } from '../domain/message.ts'
import { isMessageValue } from '../domain/message-value.ts'
import type { Operation, SetOperation, StubOperation } from '../domain/operation.ts'
import { messageRegister, parseRegister } from '../domain/register.ts'
import type { Hashing } from '../ports/random.ts'
import type { LiftedFile } from '../ports/records/message.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import { loadAllEntries } from './all-entries.ts'
import { applyPurges } from './apply-purges.ts'
import { keepFile } from './blobs.ts'
import { keepStubs, setEntry, setRegister } from './change-state.ts'
import type { ConversationState } from './conversation-state.ts'
import { liftInlineFiles } from './inline-files.ts'
import { absentIn, keepLacking } from './lacking.ts'
import { loadEntry } from './load-entry.ts'
import { loadAllStubs, loadSeen } from './seen.ts'

/** Puts one operation into a conversation in hand: the only way anything gets into the read model. */
export async function applyOperation(
  tx: WriteTransaction,
  state: ConversationState,
  operation: Operation,
  hashing: Hashing,
): Promise<void> {
  if (operation.kind === 'purge') return applyPurges(tx, state, [operation])
  const register = operation.register === '' ? await registerOf(tx, state, operation.id) : operation.register
  const parsed = parseRegister(register)
  if (parsed.kind === 'message' && (operation.kind === 'stub' || isMessageValue(operation.value))) {
    return applyToMessage(tx, state, parsed.messageId, { ...operation, register }, hashing)
  }
  const seen = await loadSeen(tx, state, register)
  const known: RegisterState = {
    heads: state.registers.get(register) ?? [],
    stubs: seen.stubs,
    ...absentIn(state, register),
  }
  const next = applyToRegister(known, operation, (id) => state.purged.has(id))
  if (next === known) return
  keepStubs(state, register, next)
  keepLacking(state, register, next)
  setRegister(state, register, next.heads)
}

/** A stub may come without its register (a purged body): it belongs where its id is known, else to the nameless one. */
export async function registerOf(
  tx: WriteTransaction,
  state: ConversationState,
  id: OperationId,
): Promise<string> {
  for (const [register, heads] of state.registers) if (heads.some((head) => head.id === id)) return register
  for (const [register, values] of state.lacking) if (values.has(id)) return register
  for (const [register, stubs] of await loadAllStubs(tx, state)) if (stubs.has(id)) return register
  for (const entry of await loadAllEntries(tx, state)) {
    if (entry.heads.some((head) => head.id === id)) return messageRegister(entry.id)
  }
  return ''
}

async function applyToMessage(
  tx: WriteTransaction,
  state: ConversationState,
  messageId: string,
  operation: SetOperation | StubOperation,
  hashing: Hashing,
): Promise<void> {
  const register = messageRegister(messageId)
  const entry = await loadEntry(tx, state, messageId)
  const seen = await loadSeen(tx, state, register)
  const lifted = [...(entry?.lifted ?? [])]
  const stored = operation.kind === 'set' ? await liftFiles(tx, operation, lifted, hashing) : operation
  const known = { heads: entry?.heads ?? [], stubs: seen.stubs, ...absentIn(state, register) }
  const next = applyToRegister<MessageValue>(known, stored, (id) => state.purged.has(id))
  if (next === known) return
  keepStubs(state, register, next)
  keepLacking(state, register, next)
  setEntry(state, messageId, next.heads, lifted)
}

async function liftFiles(
  tx: WriteTransaction,
  operation: SetOperation,
  lifted: LiftedFile[],
  hashing: Hashing,
): Promise<SetOperation> {
  const value = operation.value as MessageValue
  if (value.removed === true) return operation
  const { message, files } = liftInlineFiles(value.message, hashing)
  if (files.length === 0) return operation
  for (const { path, blob } of files) {
    lifted.push({ operationId: operation.id, path, hash: blob.hash })
    await keepFile(tx, blob)
  }
  return { ...operation, value: { ...value, message } }
}
