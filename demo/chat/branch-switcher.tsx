import { LeftIcon, RightIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import type { Chat } from './chat.ts'

/** ‹ 2/3 ›: the versions of a question or an answer. Nothing when there is only one. */
export function BranchSwitcher({ chat, messageId }: { readonly chat: Chat; readonly messageId: string }) {
  const strings = useStrings()
  const envelope = chat.envelopesById.get(messageId)
  const siblings = envelope?.siblings ?? []
  if (envelope === undefined || siblings.length < 2) return null
  const index = siblings.indexOf(envelope.id)
  const show = (id: string | undefined) => {
    // The branch on screen stays when another one cannot be read.
    if (id !== undefined) chat.selectBranch(id).catch(() => {})
  }
  return (
    <fieldset className="branches" aria-label={strings.branchOf(index + 1, siblings.length)}>
      <button
        type="button"
        className="icon-button"
        disabled={index <= 0 || chat.isLoading}
        onClick={() => show(siblings[index - 1])}
        aria-label={strings.previousBranch}
      >
        <LeftIcon />
      </button>
      <span aria-hidden="true">{`${index + 1}/${siblings.length}`}</span>
      <button
        type="button"
        className="icon-button"
        disabled={index >= siblings.length - 1 || chat.isLoading}
        onClick={() => show(siblings[index + 1])}
        aria-label={strings.nextBranch}
      >
        <RightIcon />
      </button>
    </fieldset>
  )
}
