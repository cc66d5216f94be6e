import { useEffect, useRef } from 'react'

export const SEARCH_ID = 'search'
export const COMPOSER_ID = 'composer'
export const STOP_ID = 'stop'

/** The keyboard's ways: search (Ctrl K), new chat (Ctrl Shift O), the message box (/), stop (Escape in the message box). */
export function useShortcuts(actions: { onNew(): void; onSearch(): void }): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.isComposing) return // An input method's own keys.
      const isCommand = event.ctrlKey || event.metaKey
      const key = event.key.toLowerCase()
      if (isCommand && key === 'k') {
        event.preventDefault()
        latest.current.onSearch()
        focusSoon(SEARCH_ID)
      } else if (isCommand && event.shiftKey && key === 'o') {
        event.preventDefault()
        latest.current.onNew()
      } else if (key === '/' && !isTyping(event.target) && !isCommand) {
        event.preventDefault()
        focusSoon(COMPOSER_ID)
      } else if (key === 'escape' && event.target instanceof HTMLElement && event.target.id === COMPOSER_ID) {
        document.getElementById(STOP_ID)?.click()
      }
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}

/** After what the key did is on screen. */
export function focusSoon(id: string): void {
  requestAnimationFrame(() => document.getElementById(id)?.focus())
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  )
}
