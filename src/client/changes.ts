import type { Events } from '../ports/events.ts'
import type { ConversationChange } from './api.ts'
import type { PageEvents } from './page-events.ts'

export type Change = ConversationChange | { readonly all: true }

/**
 * What changed in the database that this page shows, in any tab. After the page was away it says that everything may have
 * changed, because an event may have been missed.
 */
export function createChanges(parts: {
  readonly events: Events
  readonly pageEvents: PageEvents
  readonly database: () => string
  readonly onStatusChanged: () => void
  readonly onAccountChanged: () => void
}) {
  const listeners = new Set<(change: Change) => void>()
  const stops = [
    parts.events.subscribe((event) => {
      if (event.type === 'accountChanged') return parts.onAccountChanged()
      if (event.database !== parts.database()) return
      if (event.type === 'statusChanged') return parts.onStatusChanged()
      if (event.type !== 'conversationChanged') return
      const { conversationId, projectId, revision } = event
      tell({ conversationId, projectId, revision })
    }),
    parts.pageEvents.listen((event) => {
      if (event === 'visible' || event === 'pageshow') tellAll()
    }),
  ]

  function tell(change: Change): void {
    for (const listener of [...listeners]) listener(change)
  }

  function tellAll(): void {
    parts.onStatusChanged()
    tell({ all: true })
  }

  return {
    tellAll,
    subscribe(listener: (change: Change) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close(): void {
      listeners.clear()
      for (const stop of stops) stop()
    },
  }
}
