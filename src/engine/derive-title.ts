import { DEFAULT_TITLE } from '../domain/conversation.ts'
import { shownValue } from '../domain/merge.ts'
import { comparePlaces, isPresent, messageText, type PresentMessage, previewOf } from '../domain/message.ts'
import { titleText } from '../domain/title.ts'
import type { ConversationRecord } from '../ports/records/conversation.ts'
import type { WriteTransaction } from '../ports/storage.ts'
import type { ConversationState } from './conversation-state.ts'
import { type EntryState, loadPresent } from './load-entry.ts'

/**
 * A name given by a person, else the first user message with text, else the first message with text. The message it came from is
 * remembered, so that an append reads no history.
 */
export async function deriveTitle(
  tx: WriteTransaction,
  state: ConversationState,
): Promise<Pick<ConversationRecord, 'title' | 'titleFrom'>> {
  const titleFrom = await deriveTitleFrom(tx, state)
  const given = titleText(state.registers.get('title')?.[0]?.value)
  const title = given !== undefined && given.trim() !== '' ? given : (titleFrom?.title ?? DEFAULT_TITLE)
  return { title, titleFrom }
}

async function deriveTitleFrom(
  tx: WriteTransaction,
  state: ConversationState,
): Promise<ConversationRecord['titleFrom']> {
  const before = state.before?.titleFrom ?? null
  const touched = [...state.entries.values()].filter((entry) => entry.changed).sort(comparePlaces)
  const reached = (entry: EntryState) =>
    before !== null && (entry.id === before.id || comparePlaces(entry, before) < 0)
  // The message that gave the name is not here any more: it was freed.
  const isFreed = before !== null && state.tree.get(before.id) === undefined
  if (isFreed || touched.some(reached) || (state.before === undefined && touched.length === 0)) {
    return firstTitle(state.tree.nodes, (node) => loadPresent(tx, state, node))
  }
  if (before?.role === 'user') return before
  const found = await firstTitle(touched, async ({ heads }) => {
    const shown = shownValue(heads)
    return shown !== undefined && isPresent(shown) ? shown : undefined
  })
  return before === null || found?.role === 'user' ? found : before
}

async function firstTitle<Source extends { readonly id: string; readonly born: number }>(
  sources: Iterable<Source>,
  read: (source: Source) => Promise<PresentMessage | undefined>,
): Promise<ConversationRecord['titleFrom']> {
  let fallback: ConversationRecord['titleFrom'] = null
  for (const source of sources) {
    const value = await read(source)
    if (value === undefined || messageText(value.message).trim() === '') continue
    const title = previewOf(messageText(value.message), 60)
    const found = { id: source.id, born: source.born, role: value.message.role, title }
    if (found.role === 'user') return found
    fallback ??= found
  }
  return fallback
}
