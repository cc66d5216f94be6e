import { useChatkeep } from 'chatkeep/react'
import { useEffect, useRef, useState } from 'react'
import { AccountProvider } from './account/account.tsx'
import { Banners } from './banners.tsx'
import { ChatPane } from './chat/chat-pane.tsx'
import { openConversation, usePlace } from './navigation.ts'
import { useShortcuts } from './shortcuts.ts'
import { Sidebar } from './sidebar/sidebar.tsx'
import { TrashPane } from './sidebar/trash-pane.tsx'
import { useStrings } from './strings/use-strings.ts'
import { useIsNarrow } from './use-is-narrow.ts'

export function App() {
  const place = usePlace()
  const strings = useStrings()
  const isNarrow = useIsNarrow()
  const [isAsked, setSidebarOpen] = useState(false)
  const isSidebarOpen = isAsked && isNarrow
  useShortcuts({ onNew: () => openConversation(place.projectId), onSearch: () => setSidebarOpen(true) })
  useFreshChatForAccount(place.projectId)

  // biome-ignore lint/correctness/useExhaustiveDependencies: on a phone, choosing a conversation closes the drawer.
  useEffect(() => setSidebarOpen(false), [place])

  return (
    <AccountProvider>
      <div className="app" data-sidebar={isSidebarOpen ? 'open' : 'closed'}>
        <Sidebar place={place} isOpen={isSidebarOpen} onClose={() => setSidebarOpen(false)} />
        {/* A pointer's way to close the drawer; the keyboard has its button and Escape. */}
        <div className="sidebar-shade" onClick={() => setSidebarOpen(false)} aria-hidden="true" />
        <main className="main" aria-label={strings.appName} inert={isSidebarOpen}>
          <Banners />
          {place.isTrash ? (
            <TrashPane projectId={place.projectId} onMenu={() => setSidebarOpen(true)} />
          ) : (
            <ChatPane
              key={place.conversationId}
              projectId={place.projectId}
              conversationId={place.conversationId}
              onMenu={() => setSidebarOpen(true)}
            />
          )}
        </main>
      </div>
    </AccountProvider>
  )
}

/** After signing out the conversation on screen belongs to somebody who is gone: a new one opens. */
function useFreshChatForAccount(projectId: string): void {
  const { client } = useChatkeep()
  const last = useRef<string | null | undefined>(undefined)
  useEffect(() => {
    if (client === null) return
    last.current = client.status.accountId
    return client.onStatus(({ accountId }) => {
      if (last.current !== accountId && accountId === null) openConversation(projectId)
      last.current = accountId
    })
  }, [client, projectId])
}
