import { useConversations } from 'chatkeep/react'
import { useDeferredValue, useEffect, useRef, useState } from 'react'
import { AccountMenu } from '../account/account-menu.tsx'
import { CloseIcon, PlusIcon, SearchIcon, TrashIcon } from '../icons.tsx'
import { openConversation, openTrash, type Place } from '../navigation.ts'
import { SettingsDialog } from '../settings/settings-dialog.tsx'
import { COMPOSER_ID, focusSoon, SEARCH_ID } from '../shortcuts.ts'
import { useStrings } from '../strings/use-strings.ts'
import { SyncIndicator } from '../sync/sync-indicator.tsx'
import { ConversationList } from './conversation-list.tsx'
import { ProjectSwitcher } from './project-switcher.tsx'

const SEARCHED = 500

export function Sidebar({
  place,
  isOpen,
  onClose,
}: {
  readonly place: Place
  readonly isOpen: boolean
  onClose(): void
}) {
  const strings = useStrings()
  const closeButton = useRef<HTMLButtonElement>(null)
  const [filter, setFilter] = useState('')
  const wanted = useDeferredValue(filter.trim().toLocaleLowerCase())
  // A search looks further back than the list shows.
  const looked = { projectId: place.projectId, ...(wanted === '' ? {} : { limit: SEARCHED }) }
  const list = useConversations(looked)
  const archived = useConversations({ ...looked, shelves: ['archived'] })
  const matches = (title: string) => title.toLocaleLowerCase().includes(wanted)

  useEffect(() => {
    if (!isOpen) return
    closeButton.current?.focus()
    const pressed = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [isOpen, onClose])

  return (
    <aside className="sidebar" aria-label={strings.conversations}>
      <header className="sidebar-head">
        <ProjectSwitcher projectId={place.projectId} />
        <button
          type="button"
          ref={closeButton}
          className="icon-button sidebar-close"
          onClick={onClose}
          aria-label={strings.closeSidebar}
        >
          <CloseIcon />
        </button>
      </header>
      <div className="sidebar-tools">
        <button
          type="button"
          className="button button-new"
          onClick={() => {
            openConversation(place.projectId)
            focusSoon(COMPOSER_ID)
          }}
        >
          <PlusIcon />
          {strings.newChat}
        </button>
        <div className="search">
          <SearchIcon />
          <input
            id={SEARCH_ID}
            type="search"
            value={filter}
            placeholder={strings.search}
            aria-label={strings.search}
            onChange={(event) => setFilter(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape' && filter !== '') {
                event.stopPropagation()
                setFilter('')
              }
            }}
          />
        </div>
      </div>
      <ConversationList
        list={list}
        archived={archived}
        conversationId={place.isTrash ? null : place.conversationId}
        isFiltered={wanted !== ''}
        matches={matches}
      />
      <footer className="sidebar-foot">
        <button
          type="button"
          className="sidebar-link"
          aria-current={place.isTrash ? 'page' : undefined}
          onClick={() => openTrash(place.projectId)}
        >
          <TrashIcon />
          {strings.trash}
        </button>
        <div className="sidebar-status">
          <SyncIndicator />
          <SettingsDialog />
        </div>
        <AccountMenu />
      </footer>
    </aside>
  )
}
