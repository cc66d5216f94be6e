import type { MutationId } from '../domain/ids.ts'
import { isObject } from '../domain/json-object.ts'
import { isPresent } from '../domain/message.ts'
import type { MessageInput } from '../domain/service/message-commands.ts'
import { writeMessage } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { wholeHeads } from './known-operations.ts'
import type { EntryState } from './load-entry.ts'
import { toValue } from './message-input.ts'

/**
 * Writes a message whose writer may not have seen what is stored of it: over first versions with which it begins, so that nothing of them is lost.
 * Whatever else is there, an edit perhaps, stays as another version.
 */
export async function writeBeside(
  unit: CommandUnit,
  state: ConversationState,
  entry: EntryState,
  input: MessageInput,
  mutationId: MutationId,
): Promise<void> {
  const whole = await wholeHeads(unit.tx, entry)
  const over = whole.filter(
    ({ overwrites, value }) =>
      overwrites.length === 0 && isPresent(value) && beginsWith(input.message, value.message),
  )
  const value = toValue(input, entry, unit.now)
  await writeMessage(unit.tx, state, unit.author(mutationId), entry.id, value, { over, atLeast: entry.born })
}

/**
 * Whether a value is what another one has grown to: texts that go on, lists with more in them, objects with more to say. How far a part of a message has
 * come (`state` of AI SDK's parts) changes on the way.
 */
export function beginsWith(whole: unknown, part: unknown): boolean {
  if (typeof part === 'string') return typeof whole === 'string' && whole.startsWith(part)
  if (Array.isArray(part))
    return Array.isArray(whole) && part.every((member, at) => at in whole && beginsWith(whole[at], member))
  if (isObject(part))
    return (
      isObject(whole) &&
      Object.entries(part).every(([name, value]) => name === 'state' || beginsWith(whole[name], value))
    )
  return whole === part
}
