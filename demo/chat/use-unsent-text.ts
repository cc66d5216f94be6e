import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { useCallback, useEffect, useRef, useState } from 'react'

const SAVE_DELAY_MS = 300

/**
 * A conversation's unsent text, restored when it is opened and kept while it is written. It is its account's: the next account sees nothing of
 * it. What is written before signing in goes along.
 */
export function useUnsentText(conversationId: string): readonly [string, (text: string) => void] {
  const { client } = useChatkeep()
  const { status } = useSyncStatus()
  const accountId = status?.accountId ?? null
  const writer = useRef<string | null>(null)
  const [text, setText] = useState('')
  const wasTouched = useRef(false)
  const unsaved = useRef<string | null>(null)

  const save = useCallback(() => {
    if (client === null || unsaved.current === null) return
    // Another account is there already, and this component has not heard of it yet.
    if (writer.current !== null && writer.current !== client.status.accountId) return
    // An unsent text is a convenience: when it cannot be kept, what is on screen stays.
    client.saveComposer(conversationId, unsaved.current).catch(() => {})
    unsaved.current = null
  }, [client, conversationId])

  useEffect(() => {
    const before = writer.current
    writer.current = accountId
    if (before === null || before === accountId) return
    unsaved.current = null
    wasTouched.current = false
    setText('')
  }, [accountId])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another account has another text.
  useEffect(() => {
    if (client === null) return
    let isCurrent = true
    client.loadComposer(conversationId).then(
      (kept) => {
        if (isCurrent && !wasTouched.current) setText(kept)
      },
      () => {},
    )
    return () => {
      isCurrent = false
    }
  }, [client, conversationId, accountId])

  // biome-ignore lint/correctness/useExhaustiveDependencies: waits anew after each change of the text.
  useEffect(() => {
    const timer = setTimeout(save, SAVE_DELAY_MS)
    return () => clearTimeout(timer)
  }, [text, save])

  useEffect(() => {
    addEventListener('pagehide', save)
    return () => {
      removeEventListener('pagehide', save)
      save()
    }
  }, [save])

  const change = useCallback((next: string) => {
    wasTouched.current = true
    unsaved.current = next
    setText(next)
  }, [])
  return [text, change]
}
