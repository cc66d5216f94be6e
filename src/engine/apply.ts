import type { OperationId } from '../domain/ids.ts'
import { applyPurge, applyToRegister, type Head, type RegisterState } from '../domain/merge.ts'
import { comparePlaces, type MessageValue } from '../domain/message.ts'
import { isMessageValue } from '../domain/message-value.ts'
import type { Operation, PurgeOperation, SetOperation, StubOperation } from '../domain/operation.ts'
import { messageRegister, parseRegister } from '../domain/register.ts'
import type { Hashing } from '../ports/random.ts'
import type { LiftedFile } from '../ports/records.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import {
  type ConversationState,
  type EntryState,
  loadAllStubs,
  loadEntry,
  loadSeen,
  rangeOf,
} from './conversation-state.ts'
import { liftInlineFiles } from './inline-files.ts'
import { decodePack, nodeOf } from './packs.ts'

/** Puts one operation into a conversation in hand: the only way anything gets into the read model. */
export async function applyOperation(
  tx: WriteTransaction,
  state: ConversationState,
  operation: Operation,
  hashing: Hashing,
): Promise<void> {
  if (operation.kind === 'purge') return applyPurgeOperation(tx, state, operation)
  const register = operation.register === '' ? await registerOf(tx, state, operation.id) : operation.register
  const parsed = parseRegister(register)
  if (parsed.kind === 'message' && (operation.kind === 'stub' || isMessageValue(operation.value))) {
    return applyToMessage(tx, state, parsed.messageId, { ...operation, register }, hashing)
  }
  const seen = await loadSeen(tx, state, register)
  const known: RegisterState = { heads: state.registers.get(register) ?? [], stubs: seen.stubs }
  const next = applyToRegister(known, operation, (id) => state.purged.has(id))
  if (next === known) return
  keepStubs(state, register, next)
  setRegister(state, register, next.heads)
}

/** A stub may come without its register (a purged body): it belongs where its id is known, else to the nameless one. */
export async function registerOf(
  tx: WriteTransaction,
  state: ConversationState,
  id: OperationId,
): Promise<string> {
  for (const [register, heads] of state.registers) if (heads.some((head) => head.id === id)) return register
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
  const known = { heads: entry?.heads ?? [], stubs: seen.stubs }
  const next = applyToRegister<MessageValue>(known, stored, (id) => state.purged.has(id))
  if (next === known) return
  keepStubs(state, register, next)
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
    await tx.put('blobs', blob)
  }
  return { ...operation, value: { ...value, message } }
}

/** Places the heads of a message: the least born of them decides where it stands. */
function setEntry(
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
  if (first !== undefined) {
    entry.born = first.value.born
    entry.parentId = first.value.parentId
  }
  state.entries.set(messageId, entry)
  if (heads.length === 0) state.tree.remove(messageId)
  else state.tree.put(nodeOf(entry))
}

const placeOf = (head: Head<MessageValue>) => ({ born: head.value.born, id: head.value.parentId ?? '' })

function setRegister(state: ConversationState, register: string, heads: readonly Head[]): void {
  state.changed = true
  if (heads.length === 0) state.registers.delete(register)
  else state.registers.set(register, heads)
}

function keepStubs(
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

async function applyPurgeOperation(
  tx: WriteTransaction,
  state: ConversationState,
  purge: PurgeOperation,
): Promise<void> {
  if (state.purges.has(purge.id)) return
  state.purges.set(purge.id, purge.names)
  for (const id of purge.names) state.purged.add(id)
  state.purgesChanged = true
  state.changed = true
  const isPurged = (id: OperationId) => state.purged.has(id)
  for (const [register, heads] of [...state.registers]) {
    const seen = await loadSeen(tx, state, register)
    const next = applyPurge({ heads, stubs: seen.stubs }, isPurged)
    keepStubs(state, register, next)
    setRegister(state, register, next.heads)
  }
  for (const entry of await loadAllEntries(tx, state)) {
    const register = messageRegister(entry.id)
    const seen = await loadSeen(tx, state, register)
    const next = applyPurge({ heads: entry.heads, stubs: seen.stubs }, isPurged)
    if (next.heads.length === entry.heads.length) continue
    keepStubs(state, register, next)
    setEntry(state, entry.id, next.heads, entry.lifted)
  }
}

/** Every message of the conversation, in order. Reads the whole history: for purges, trash and offering only. */
export async function loadAllEntries(
  tx: WriteTransaction,
  state: ConversationState,
): Promise<readonly EntryState[]> {
  const [tail, packs] = await Promise.all([
    tx.scan('messages', { range: rangeOf(state.id) }),
    tx.scan('packs', { range: rangeOf(state.id) }),
  ])
  const keep = (
    found: (typeof tail)[number] | ReturnType<typeof decodePack>[number],
    source: 'tail' | 'pack',
  ) => {
    if (state.entries.has(found.id) || state.tree.get(found.id) === undefined) return
    state.entries.set(found.id, {
      id: found.id,
      born: found.born,
      parentId: found.parentId,
      heads: found.heads,
      lifted: found.lifted ?? [],
      source,
      sourceBorn: found.born,
      changed: false,
    })
  }
  for (const record of tail) if (!record.moved) keep(record, 'tail')
  for (const pack of packs) for (const message of decodePack(pack)) keep(message, 'pack')
  const entries = state.tree.nodes.map((node) => state.entries.get(node.id))
  return entries.filter((entry) => entry !== undefined)
}
