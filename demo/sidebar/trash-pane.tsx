import { useConversations } from 'chatkeep/react'
import { MenuIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import type { ListedConversation } from './listed-conversation.ts'
import { useConversationActions } from './use-conversation-actions.ts'

export function TrashPane({ projectId, onMenu }: { readonly projectId: string; onMenu(): void }) {
  const strings = useStrings()
  const { conversations, isLoading, hasMore, loadMore } = useConversations({
    projectId,
    shelves: ['trashed'],
  })
  return (
    <section className="pane" aria-labelledby="trash-title">
      <header className="pane-head">
        <button
          type="button"
          className="icon-button menu-button"
          onClick={onMenu}
          aria-label={strings.openSidebar}
        >
          <MenuIcon />
        </button>
        <h1 className="pane-title" id="trash-title">
          {strings.trash}
        </h1>
      </header>
      <div className="trash">
        <p className="trash-hint">
          {!isLoading && conversations.length === 0 ? strings.trashEmpty : strings.trashHint}
        </p>
        <ul className="trash-list">
          {conversations.map((conversation) => (
            <TrashRow key={conversation.id} conversation={conversation} />
          ))}
        </ul>
        {hasMore && (
          <button type="button" className="button button-quiet show-more" onClick={() => void loadMore()}>
            {strings.showMore}
          </button>
        )}
      </div>
    </section>
  )
}

function TrashRow({ conversation }: { readonly conversation: ListedConversation }) {
  const strings = useStrings()
  const { restore } = useConversationActions(conversation, false)
  return (
    <li className="trash-row">
      <div className="trash-text">
        <span className="trash-title">{conversation.title || strings.untitled}</span>
        <span className="trash-preview">{withoutMarks(conversation.lastMessage)}</span>
      </div>
      <button type="button" className="button button-small" onClick={() => void restore()}>
        {strings.restore}
      </button>
    </li>
  )
}

/** A preview is one line of text: Markdown's marks would only stand in it. */
const withoutMarks = (markdown = ''): string => markdown.replace(/[*_`#>]+/g, '')
