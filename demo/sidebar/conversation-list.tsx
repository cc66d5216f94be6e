import type { UseConversations } from 'chatkeep/react'
import { useStrings } from '../strings/use-strings.ts'
import { ConversationRow } from './conversation-row.tsx'
import { groupByDay } from './group-by-day.ts'

export type ConversationListProps = {
  readonly list: UseConversations
  readonly archived: UseConversations
  readonly conversationId: string | null
  readonly isFiltered: boolean
  matches(title: string): boolean
}

export function ConversationList({
  list,
  archived,
  conversationId,
  isFiltered,
  matches,
}: ConversationListProps) {
  const strings = useStrings()
  const shown = list.conversations.filter(({ title }) => matches(title))
  const shownArchived = archived.conversations.filter(({ title }) => matches(title))
  const isEmpty = shown.length === 0 && shownArchived.length === 0
  return (
    <nav className="conversations" aria-label={strings.conversations} aria-busy={list.isLoading}>
      {list.error !== null && (
        <div className="conversations-note" role="alert">
          <p>{strings.storageProblem}</p>
          <button type="button" className="button button-small" onClick={() => void list.refresh()}>
            {strings.retry}
          </button>
        </div>
      )}
      {list.isLoading && list.error === null && <LoadingRows />}
      {!list.isLoading && list.error === null && isEmpty && (
        <p className="conversations-note">{isFiltered ? strings.noMatches : strings.noConversations}</p>
      )}
      {groupByDay(shown, Date.now()).map(({ group, conversations }) => (
        <section key={group} aria-labelledby={`group-${group}`}>
          <h2 className="conversations-group" id={`group-${group}`}>
            {strings[group]}
          </h2>
          <ul>
            {conversations.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isCurrent={conversation.id === conversationId}
              />
            ))}
          </ul>
        </section>
      ))}
      {list.hasMore && !isFiltered && (
        <button type="button" className="button button-quiet show-more" onClick={() => void list.loadMore()}>
          {strings.showMore}
        </button>
      )}
      {shownArchived.length > 0 && (
        <details className="archived" open={isFiltered || undefined}>
          <summary className="conversations-group">
            {strings.archived} <span className="count">{shownArchived.length}</span>
          </summary>
          <ul>
            {shownArchived.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                isCurrent={conversation.id === conversationId}
              />
            ))}
          </ul>
          {archived.hasMore && !isFiltered && (
            <button
              type="button"
              className="button button-quiet show-more"
              onClick={() => void archived.loadMore()}
            >
              {strings.showMore}
            </button>
          )}
        </details>
      )}
    </nav>
  )
}

function LoadingRows() {
  const strings = useStrings()
  return (
    <div className="loading-rows">
      <span className="visually-hidden">{strings.loading}</span>
      <i />
      <i />
      <i />
    </div>
  )
}
