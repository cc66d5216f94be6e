import { useChatkeep } from 'chatkeep/react'
import { useCallback, useEffect, useRef, useState } from 'react'

const SAVE_DELAY_MS = 300

/** A conversation's unsent text, restored when it is opened and kept while it is written. */
export function useUnsentText(conversationId: string): readonly [string, (text: string) => void] {
  const { client } = useChatkeep()
  const [text, setText] = useState('')
  const wasTouched = useRef(false)
  const unsaved = useRef<string | null>(null)

  const save = useCallback(() => {
    if (client === null || unsaved.current === null) return
    // An unsent text is a convenience: when it cannot be kept, what is on screen stays.
    client.saveComposer(conversationId, unsaved.current).catch(() => {})
    unsaved.current = null
  }, [client, conversationId])

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
  }, [client, conversationId])

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
