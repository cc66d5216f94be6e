import { comparePlaces } from '../domain/message.ts'
import type { StoredMessage } from '../domain/service/message-page.ts'
import type { DraftRecord } from '../ports/records/draft.ts'

/**
 * Lays growing answers over the end of a branch: one that goes on shows what it has grown to; a new one stands below its question, in
 * place of older answers to it (a regenerate) unless the reader asked for a certain branch.
 */
export function withDrafts(
  messages: readonly StoredMessage[],
  drafts: readonly DraftRecord[],
  isBranchChosen: boolean,
): readonly StoredMessage[] {
  let shown = messages
  const answers = drafts.filter(({ kind }) => kind === 'answer').sort((a, b) => a.born - b.born)
  for (const draft of answers) {
    const grown = shown.find(({ id }) => id === draft.messageId)
    if (grown !== undefined) {
      const current: StoredMessage = { ...grown, message: draft.message, status: 'streaming' }
      shown = shown.map((message) => (message === grown ? current : message))
      continue
    }
    const { messageId: id, message, parentId, born, createdAt } = draft
    const at = shown.findIndex((stored) => stored.id === parentId)
    const question = shown[at]
    if (question === undefined && (parentId !== null || shown.length > 0)) continue
    // The database began anew while both grew: as in the tree, what claims to be younger is no question of it.
    if (question !== undefined && comparePlaces(question, { born, id }) > 0) continue
    const next = shown[at + 1]
    if (next !== undefined && (isBranchChosen || next.born > born)) continue
    shown = [...shown.slice(0, at + 1), { id, message, parentId, born, createdAt, status: 'streaming' }]
  }
  return shown
}
