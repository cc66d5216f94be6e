import type { UIMessage } from 'ai'
import { useEffect, useRef, useState } from 'react'
import { COMPOSER_ID, focusSoon } from '../shortcuts.ts'
import { useStrings } from '../strings/use-strings.ts'
import { answeredBy, type Chat, textOf } from './chat.ts'
import { EditQuestion } from './edit-question.tsx'
import { MessageBody } from './message-body.tsx'
import { MessageTools } from './message-tools.tsx'
import { Thinking } from './thinking.tsx'
import { WrittenApart } from './written-apart.tsx'

export type MessageViewProps = { readonly chat: Chat; readonly message: UIMessage; readonly isLast: boolean }

export function MessageView({ chat, message, isLast }: MessageViewProps) {
  const strings = useStrings()
  const [isEditing, setEditing] = useState(false)
  const editButton = useRef<HTMLButtonElement>(null)
  const isCancelled = useRef(false)
  const isUser = message.role === 'user'
  const isGrowing = isLast && !isUser && (chat.status === 'streaming' || chat.isAnsweredElsewhere)
  const text = textOf(message)

  // Where the keyboard goes on after an edit that was left: the box that it was in is gone.
  useEffect(() => {
    if (isEditing || !isCancelled.current) return
    isCancelled.current = false
    editButton.current?.focus()
  }, [isEditing])

  if (isEditing) {
    return (
      <EditQuestion
        text={text}
        onCancel={() => {
          isCancelled.current = true
          setEditing(false)
        }}
        onSave={(next) => {
          setEditing(false)
          // On a phone the keyboard would cover the answer.
          if (matchMedia('(hover: hover)').matches) focusSoon(COMPOSER_ID)
          // What goes wrong is in `error` and `unanswered`; the chat's notice says it.
          chat.editMessage(message.id, { text: next }).catch(() => {})
        }}
      />
    )
  }
  return (
    <article
      className="message"
      data-role={message.role}
      aria-label={isUser ? strings.you : strings.assistant}
    >
      {!isUser && <AnswerLabel message={message} />}
      <div className="message-body" data-growing={isGrowing || undefined}>
        {isUser ? <p className="message-plain">{text}</p> : <MessageBody message={message} />}
        {isGrowing && text === '' && <Thinking />}
      </div>
      {!isGrowing && <EndedBy chat={chat} messageId={message.id} isLast={isLast} />}
      {isGrowing && chat.isAnsweredElsewhere && <p className="message-end">{strings.elsewhere}</p>}
      <WrittenApart chat={chat} messageId={message.id} />
      <MessageTools
        chat={chat}
        message={message}
        isGrowing={isGrowing}
        editButton={editButton}
        onEdit={() => setEditing(true)}
      />
    </article>
  )
}

function AnswerLabel({ message }: { readonly message: UIMessage }) {
  const strings = useStrings()
  const model = answeredBy(message)
  if (model === null) return null
  const isBuiltIn = model.providerId === 'built-in'
  return (
    <p
      className="message-label"
      data-builtin={isBuiltIn || undefined}
      title={isBuiltIn ? strings.builtInHint : undefined}
    >
      {isBuiltIn ? strings.builtIn : model.modelId}
    </p>
  )
}

/** How an answer ended that did not end well, and at the end of the chat the way to a better one. */
function EndedBy({
  chat,
  messageId,
  isLast,
}: {
  readonly chat: Chat
  readonly messageId: string
  readonly isLast: boolean
}) {
  const strings = useStrings()
  const status = chat.envelopesById.get(messageId)?.status
  const text = {
    stopped: strings.stopped,
    interrupted: strings.interruptedHint,
    error: strings.failed,
    complete: null,
    streaming: null,
    queued: null,
  }[status ?? 'complete']
  if (text === null) return null
  return (
    <p className="message-end">
      {text}
      {isLast && !chat.isLoading && (
        // What goes wrong is in `error`; the chat's notice says it.
        <button
          type="button"
          className="button button-small"
          onClick={() => void chat.reload(messageId).catch(() => {})}
        >
          {strings.retry}
        </button>
      )}
    </p>
  )
}
