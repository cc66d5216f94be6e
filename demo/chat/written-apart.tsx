import { BranchIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import type { Chat } from './chat.ts'
import { useConversationConflicts } from './conflicts.tsx'

/** Says below a message that another device wrote another one in its place, or changed it differently, and offers that. */
export function WrittenApart({ chat, messageId }: { readonly chat: Chat; readonly messageId: string }) {
  const strings = useStrings()
  const { conflicts, compare } = useConversationConflicts()
  const envelope = chat.envelopesById.get(messageId)
  if (envelope === undefined) return null
  const conflict = conflicts.find((known) => known.messageId === envelope.id)
  const other = envelope.apart?.at(-1)
  const show = (id: string) => {
    // The branch on screen stays when another one cannot be read.
    chat.selectBranch(id).catch(() => {})
  }
  return (
    <>
      {conflict !== undefined && (
        <p className="apart" role="status">
          <BranchIcon />
          <span>{strings.changedApart}</span>
          <button type="button" className="button button-small" onClick={() => compare(conflict)}>
            {strings.compare}
          </button>
        </p>
      )}
      {other !== undefined && (
        <p className="apart" role="status">
          <BranchIcon />
          <span>{strings.continuedApart}</span>
          <button
            type="button"
            className="button button-small"
            disabled={chat.isLoading}
            onClick={() => show(other)}
          >
            {strings.showOther}
          </button>
          <button
            type="button"
            className="button button-small button-quiet"
            disabled={chat.isLoading}
            onClick={() => show(envelope.id)}
          >
            {strings.stayHere}
          </button>
        </p>
      )}
    </>
  )
}

/** Conflicts that no message on screen stands for: of the title, and of messages that are not shown. */
export function ConflictsElsewhere({ chat }: { readonly chat: Chat }) {
  const strings = useStrings()
  const { conflicts, compare } = useConversationConflicts()
  const onScreen = new Set([...chat.envelopesById.values()].map(({ id }) => id))
  const [conflict] = conflicts.filter(({ messageId }) => messageId === null || !onScreen.has(messageId))
  if (conflict === undefined) return null
  return (
    <div className="notice" data-tone="neutral" role="status">
      <BranchIcon />
      <p>{conflict.messageId === null ? strings.renamedApart : strings.changedApartElsewhere}</p>
      <button type="button" className="button button-small" onClick={() => compare(conflict)}>
        {strings.compare}
      </button>
    </div>
  )
}
