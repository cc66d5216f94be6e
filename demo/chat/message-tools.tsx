import type { UIMessage } from 'ai'
import type { RefObject } from 'react'
import { PencilIcon, RefreshIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { BranchSwitcher } from './branch-switcher.tsx'
import { type Chat, textOf } from './chat.ts'
import { CopyButton } from './copy-button.tsx'

export type MessageToolsProps = {
  readonly chat: Chat
  readonly message: UIMessage
  readonly isGrowing: boolean
  readonly editButton: RefObject<HTMLButtonElement | null>
  onEdit(): void
}

/** Copy, answer again or edit, and the versions of a message. */
export function MessageTools({ chat, message, isGrowing, editButton, onEdit }: MessageToolsProps) {
  const strings = useStrings()
  const isUser = message.role === 'user'
  if (isGrowing) return null
  return (
    <div className="message-tools">
      <BranchSwitcher chat={chat} messageId={message.id} />
      <CopyButton text={textOf(message)} label={strings.copy} />
      {isUser ? (
        <button
          ref={editButton}
          type="button"
          className="icon-button"
          disabled={chat.isLoading}
          onClick={onEdit}
          aria-label={strings.edit}
        >
          <PencilIcon />
        </button>
      ) : (
        <button
          type="button"
          className="icon-button"
          disabled={chat.isLoading}
          // What goes wrong is in `error`; the chat's notice says it.
          onClick={() => void chat.reload(message.id).catch(() => {})}
          aria-label={strings.regenerate}
        >
          <RefreshIcon />
        </button>
      )}
    </div>
  )
}
