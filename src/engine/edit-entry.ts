import { jsonEquals } from '../domain/json.ts'
import { type Head, shownValue } from '../domain/merge.ts'
import { isPresent } from '../domain/message.ts'
import type { EditMessage, MessageInput } from '../domain/service/message-commands.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { writeMessage } from './author.ts'
import type { CommandUnit } from './command-unit.ts'
import type { ConversationState } from './conversation-state.ts'
import { wholeHeads } from './known-operations.ts'
import type { EntryState } from './load-entry.ts'
import { toValue } from './message-input.ts'

/** Writes another value of a message: over all that is stored of it, or over what its writer saw, and then other versions stay. */
export async function editEntry(
  unit: CommandUnit,
  state: ConversationState,
  entry: EntryState,
  command: Pick<EditMessage, 'message' | 'mutationId'>,
  seen?: DraftRecord['seen'],
): Promise<void> {
  const old = shownValue(entry.heads)
  const kept = old !== undefined && isPresent(old) ? old : undefined
  const input = {
    ...(kept?.externalId === undefined ? {} : { externalId: kept.externalId }),
    ...(kept?.model === undefined ? {} : { model: kept.model }),
    ...(kept === undefined ? {} : { createdAt: kept.createdAt }),
    ...command.message,
  }
  await writeMessage(
    unit.tx,
    state,
    unit.author(command.mutationId),
    entry.id,
    toValue(input, entry, unit.now),
    isAllSeen(entry, seen) ? {} : { over: seen?.map((head) => asHead(entry, head)) ?? [] },
  )
}

type SeenHead = NonNullable<DraftRecord['seen']>[number]

const isAllSeen = ({ heads }: EntryState, seen: DraftRecord['seen']): boolean =>
  seen === undefined || heads.every((head) => seen.some(({ id }) => id === head.id))

/** What was written over meanwhile is no head any more, and has no value here. */
const asHead = ({ heads }: EntryState, { id, stamp }: SeenHead): Head =>
  heads.find((head) => head.id === id) ?? { id, stamp, overwrites: [], value: null }

/** Whether writing the input would change what the message shows: its content, or a status that the input states. */
export async function differs(tx: ReadTransaction, entry: EntryState, input: MessageInput): Promise<boolean> {
  const shown = shownValue(await wholeHeads(tx, entry))
  if (shown === undefined || !isPresent(shown)) return true
  const { message, status } = shown
  return !jsonEquals(message, input.message) || (input.status !== undefined && input.status !== status)
}
