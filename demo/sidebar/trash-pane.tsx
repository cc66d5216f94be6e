import { useConversations } from 'chatkeep/react'
import { useRef } from 'react'
import { MenuIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { DeleteForeverDialog } from './delete-forever-dialog.tsx'
import type { ListedConversation } from './listed-conversation.ts'
import { useConversationActions } from './use-conversation-actions.ts'

export function TrashPane({ projectId, onMenu }: { readonly projectId: string; onMenu(): void }) {
  const strings = useStrings()
  const heading = useRef<HTMLHeadingElement>(null)
  const { conversations, isLoading, error, hasMore, loadMore, refresh } = useConversations({
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
        <h1 className="pane-title" id="trash-title" ref={heading} tabIndex={-1}>
          {strings.trash}
        </h1>
      </header>
      <div className="trash">
        <p className="trash-hint">
          {!isLoading && error === null && conversations.length === 0
            ? strings.trashEmpty
            : strings.trashHint}
        </p>
        {error !== null && (
          <div className="conversations-note" role="alert">
            <p>{strings.storageProblem}</p>
            <button type="button" className="button button-small" onClick={() => void refresh()}>
              {strings.retry}
            </button>
          </div>
        )}
        <ul className="trash-list">
          {conversations.map((conversation) => (
            <TrashRow
              key={conversation.id}
              conversation={conversation}
              // The row that was acted on is gone: the reader goes on from the top.
              onGone={() => heading.current?.focus()}
            />
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

function TrashRow({ conversation, onGone }: { readonly conversation: ListedConversation; onGone(): void }) {
  const strings = useStrings()
  const { restore, removeForever } = useConversationActions(conversation, false)
  const title = conversation.title || strings.untitled
  return (
    <li className="trash-row">
      <div className="trash-text">
        <span className="trash-title" dir="auto">
          {title}
        </span>
        <span className="trash-preview" dir="auto">
          {withoutMarks(conversation.lastMessage)}
        </span>
      </div>
      <div className="trash-actions">
        <button
          type="button"
          className="button button-small"
          onClick={async () => (await restore()) && onGone()}
        >
          {strings.restore}
        </button>
        <DeleteForeverDialog title={title} onConfirm={async () => (await removeForever()) && onGone()} />
      </div>
    </li>
  )
}

/** A preview is one line of text: Markdown's marks would only stand in it. */
const withoutMarks = (markdown = ''): string => markdown.replace(/[*_`#>]+/g, '')
