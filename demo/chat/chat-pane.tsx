import { usePersistentChat } from 'chatkeep/ai-sdk'
import { useConversation } from 'chatkeep/react'
import { useMemo } from 'react'
import { MenuIcon } from '../icons.tsx'
import { ConversationMenu } from '../sidebar/conversation-menu.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { AnswerAnnouncer } from './answer-announcer.tsx'
import { AwayChat, isAway } from './away-chat.tsx'
import { ChatNotice } from './chat-notice.tsx'
import { Composer } from './composer.tsx'
import { ConflictsOf } from './conflicts.tsx'
import { EmptyChat } from './empty-chat.tsx'
import { MessageList } from './message-list.tsx'
import { ConflictsElsewhere } from './written-apart.tsx'

export type ChatPaneProps = { readonly projectId: string; readonly conversationId: string; onMenu(): void }

/** One conversation: its messages, what is to be said about them, and the box to write in. */
export function ChatPane({ projectId, conversationId, onMenu }: ChatPaneProps) {
  const strings = useStrings()
  const chat = usePersistentChat({ id: conversationId, projectId, throttle: 40 })
  const { conversation } = useConversation(conversationId, { limit: 1 })
  const isEmpty = chat.messages.length === 0 && !chat.isRestoring
  const send = useMemo(
    () => (text: string) => {
      // What goes wrong is in `error` and `unanswered`; the chat's notice says it.
      chat.sendMessage({ text }).catch(() => {})
    },
    [chat.sendMessage],
  )
  return (
    <ConflictsOf conversationId={conversationId}>
      <section className="pane" aria-labelledby="chat-title" data-empty={isEmpty || undefined}>
        <header className="pane-head">
          <button
            type="button"
            className="icon-button menu-button"
            onClick={onMenu}
            aria-label={strings.openSidebar}
          >
            <MenuIcon />
          </button>
          <h1 className="pane-title" id="chat-title" dir="auto">
            {conversation?.title ?? strings.untitled}
          </h1>
          {conversation !== null && <ConversationMenu conversation={conversation} isCurrent />}
        </header>
        {isAway(chat) ? (
          <AwayChat chat={chat} />
        ) : isEmpty ? (
          <EmptyChat onSend={send} />
        ) : (
          <MessageList chat={chat} />
        )}
        <div className="pane-foot">
          <ConflictsElsewhere chat={chat} />
          <ChatNotice chat={chat} />
          <Composer
            conversationId={conversationId}
            isAnswering={chat.isLoading || chat.isAnsweredElsewhere}
            onSend={send}
            // What cannot be stopped goes on: the button stays, to try again.
            onStop={() => void chat.stop().catch(() => {})}
          />
        </div>
        <AnswerAnnouncer status={chat.status} />
      </section>
    </ConflictsOf>
  )
}
