import { type Authorship, parseAuthorship } from '../domain/authorship.ts'
import type { Conflict, ConflictHead } from '../domain/conflict.ts'
import { distinctHeads, type Head } from '../domain/merge.ts'
import { isPresent, type MessageValue } from '../domain/message.ts'
import { parseRegister } from '../domain/register.ts'
import { titleAuthorship, titleText } from '../domain/title.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { wholeHeads } from './known-operations.ts'
import { loadEntry } from './load-entry.ts'

/** Every title and message of a conversation that waits for a person's choice, in the order of the registers' names. */
export async function listConflicts(unit: CommandUnit, conversationId: string): Promise<readonly Conflict[]> {
  const state = await unit.conversation(conversationId)
  const conflicts: Conflict[] = []
  for (const register of state.before?.conflicts ?? []) {
    const all = await headsWithFiles(unit, state, register)
    const heads = distinctHeads(register, all)
    if (heads.length < 2) continue
    const parsed = parseRegister(register)
    conflicts.push({
      conversationId,
      register,
      messageId: parsed.kind === 'message' ? parsed.messageId : null,
      heads: heads.map((head, index) => toConflictHead(register, head, index === 0, unit.deviceId)),
      covers: all.map((head) => head.id),
    })
  }
  return conflicts
}

/** The heads of a register with their inline files put back. */
export async function headsWithFiles(
  unit: CommandUnit,
  state: ConversationState,
  register: string,
): Promise<readonly Head[]> {
  const parsed = parseRegister(register)
  if (parsed.kind !== 'message') return state.registers.get(register) ?? []
  const entry = await loadEntry(unit.tx, state, parsed.messageId)
  return entry === undefined ? [] : wholeHeads(unit.tx, entry)
}

export function authorshipOfHead(register: string, { value }: Head): Authorship | null {
  return register === 'title' ? titleAuthorship(value) : parseAuthorship((value as MessageValue).by)
}

function toConflictHead(register: string, head: Head, isShown: boolean, thisDevice: string): ConflictHead {
  const by = authorshipOfHead(register, head)
  return {
    id: head.id,
    isShown,
    device: by && { id: by.device, name: by.name ?? null, isThis: by.device === thisDevice },
    writtenAt: by?.at ?? null,
    value: toConflictValue(register, head),
  }
}

function toConflictValue(register: string, { value }: Head): ConflictHead['value'] {
  if (register === 'title') return { kind: 'title', title: titleText(value) ?? '' }
  const message = value as MessageValue
  if (!isPresent(message)) return { kind: 'removed' }
  return { kind: 'message', message: message.message, status: message.status }
}
