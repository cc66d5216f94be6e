import { createConversationId } from 'chatkeep/react'
import { useSyncExternalStore } from 'react'

/** What the page shows, kept in the address: `#/<project>/<conversation>` or `#/<project>/trash`. */
export type Place = { readonly projectId: string; readonly conversationId: string; readonly isTrash: boolean }

export const DEFAULT_PROJECT = 'personal'
const LAST_PROJECT = 'chatkeep-demo-project'
const TRASH = 'trash'

let place = read()

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, () => place)
}

/** Opens a conversation; without one, a new one. A new conversation has its id, and so its draft, before its first message. */
export function openConversation(projectId: string, conversationId: string = createConversationId()): void {
  go(`#/${encodeURIComponent(projectId)}/${encodeURIComponent(conversationId)}`)
}

export function openTrash(projectId: string): void {
  go(`#/${encodeURIComponent(projectId)}/${TRASH}`)
}

function go(hash: string): void {
  if (location.hash === hash) return
  location.hash = hash
}

function subscribe(listener: () => void): () => void {
  const changed = () => {
    place = read()
    listener()
  }
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

function read(): Place {
  const [, project = '', conversation = ''] = location.hash.split('/').map(decode)
  const projectId = project === '' ? lastProject() : project
  rememberProject(projectId)
  const isTrash = conversation === TRASH
  const isNew = conversation === '' || isTrash
  const next = { projectId, conversationId: isNew ? createConversationId() : conversation, isTrash }
  if (conversation === '')
    history.replaceState(null, '', `#/${encodeURIComponent(projectId)}/${next.conversationId}`)
  return next
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

function lastProject(): string {
  try {
    return localStorage.getItem(LAST_PROJECT) ?? DEFAULT_PROJECT
  } catch {
    return DEFAULT_PROJECT
  }
}

function rememberProject(projectId: string): void {
  try {
    localStorage.setItem(LAST_PROJECT, projectId)
  } catch {
    // Cookies are blocked: the next visit begins in the default project.
  }
}
