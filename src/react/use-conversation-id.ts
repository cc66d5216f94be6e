import { useCallback, useEffect, useMemo, useState } from 'react'
import { useChatkeep } from './provider.tsx'

export type ConversationChoice = {
  readonly conversationId: string
  /** False while the project's latest conversation is being looked up; then the id is that of a new one. */
  readonly isChosen: boolean
  /** Opens a new, empty conversation; nothing is stored before its first message. */
  newConversation(): string
  openConversation(conversationId: string): void
}

/**
 * Which conversation a chat shows. With an id: that one, until `newConversation` or `openConversation` is called or another
 * id is given. Without: the project's latest, or a new one. A message sent before the answer came stays where it was sent.
 */
export function useConversationId(
  id: string | undefined,
  projectId: string | undefined,
  hasContent: (conversationId: string) => boolean,
): ConversationChoice {
  const { client } = useChatkeep()
  const scope = JSON.stringify([id, projectId])
  const [chosen, setChosen] = useState(() => choose(scope, id))
  const current = chosen.scope === scope ? chosen : choose(scope, id)
  if (current !== chosen) setChosen(current)

  useEffect(() => {
    if (current.isChosen || client === null) return
    let isCurrent = true
    const settle = (found: string | undefined) => {
      if (!isCurrent) return
      setChosen((now) => {
        if (now !== current) return now
        const conversationId =
          found === undefined || hasContent(now.conversationId) ? now.conversationId : found
        return { ...now, conversationId, isChosen: true }
      })
    }
    client.latestConversation(projectId).then(
      (latest) => settle(latest?.id),
      // Nothing is lost: a new conversation opens, and reading it reports what is wrong with the store.
      () => settle(undefined),
    )
    return () => {
      isCurrent = false
    }
  }, [client, current, projectId, hasContent])

  const openConversation = useCallback(
    (conversationId: string) => setChosen({ scope, conversationId, isChosen: true }),
    [scope],
  )
  const newConversation = useCallback(() => {
    const conversationId = createConversationId()
    openConversation(conversationId)
    return conversationId
  }, [openConversation])
  const { conversationId, isChosen } = current
  return useMemo(
    () => ({ conversationId, isChosen, newConversation, openConversation }),
    [conversationId, isChosen, newConversation, openConversation],
  )
}

type Chosen = { readonly scope: string; readonly conversationId: string; readonly isChosen: boolean }

const choose = (scope: string, id: string | undefined): Chosen => ({
  scope,
  conversationId: id ?? createConversationId(),
  isChosen: id !== undefined,
})

/** A fresh id of 128 random bits. Works on plain http too, where `crypto.randomUUID` is missing. */
export function createConversationId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
