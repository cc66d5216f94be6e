import { CloudIcon } from '../icons.tsx'
import { openConversation } from '../navigation.ts'
import { useStrings } from '../strings/use-strings.ts'
import { ConversationMenu } from './conversation-menu.tsx'
import type { ListedConversation } from './listed-conversation.ts'

export function ConversationRow({
  conversation,
  isCurrent,
}: {
  readonly conversation: ListedConversation
  readonly isCurrent: boolean
}) {
  const strings = useStrings()
  const { id, projectId, updatedAt } = conversation
  const title = conversation.title || strings.untitled
  return (
    <li className="conversation" data-current={isCurrent || undefined}>
      <a
        className="conversation-link"
        href={`#/${encodeURIComponent(projectId)}/${encodeURIComponent(id)}`}
        aria-current={isCurrent ? 'page' : undefined}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return
          event.preventDefault()
          openConversation(projectId, id)
        }}
      >
        <span className="conversation-title" dir="auto">
          {title}
        </span>
        {conversation.absent === true && (
          <span
            className="conversation-away"
            role="img"
            aria-label={strings.inCloudOnly}
            title={strings.inCloudOnly}
          >
            <CloudIcon />
          </span>
        )}
        <time className="conversation-time" dateTime={new Date(updatedAt).toISOString()}>
          {shortTime(updatedAt)}
        </time>
      </a>
      <ConversationMenu conversation={conversation} isCurrent={isCurrent} />
    </li>
  )
}

/** The hour for today, the date for other days. */
function shortTime(time: number): string {
  const date = new Date(time)
  const language = document.documentElement.lang
  return date.toDateString() === new Date().toDateString()
    ? date.toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString(language, { month: 'short', day: 'numeric' })
}
