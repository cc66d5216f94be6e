import { ChatkeepError } from '../domain/errors.ts'
import type { ComposerDraft } from '../domain/service/draft.ts'
import type { DraftRecord } from '../ports/records/draft.ts'
import type { CommandUnit } from './command-unit.ts'

const COMPOSER = 'composer'

/** The text that a person has not sent yet; an empty one is forgotten. */
export async function saveComposer(unit: CommandUnit, draft: ComposerDraft): Promise<void> {
  const { conversationId, projectId, text } = draft
  if (text === '') return unit.tx.delete('drafts', [conversationId, `${COMPOSER}:${conversationId}`])
  await unit.tx.put('drafts', {
    conversationId,
    messageId: `${COMPOSER}:${conversationId}`,
    projectId,
    attemptId: '',
    kind: 'composer',
    parentId: null,
    born: 0,
    createdAt: unit.now,
    message: { id: COMPOSER, role: 'user', content: text },
    owner: '',
    leaseUntil: -1,
  })
}

/** Where a conversation keeps its unsent text. */
export const composerKey = (conversationId: string) =>
  [conversationId, `${COMPOSER}:${conversationId}`] as const

/** The text of an unsent draft; empty without one. */
export function composerText(draft: DraftRecord | undefined): string {
  const text = draft?.message.content
  if (draft === undefined) return ''
  if (typeof text === 'string') return text
  throw new ChatkeepError('storage/corrupt', 'An unsent text cannot be read. Saved messages are safe.')
}
