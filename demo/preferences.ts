import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'
export type Language = 'en' | 'zh'
/** What a person chose for this browser. Kept beside the chats, not in them: it applies before anything is loaded. */
export type Preferences = { readonly theme: Theme; readonly language: Language }

const KEY = 'chatkeep-demo'
const listeners = new Set<() => void>()
let preferences: Preferences = read()

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    () => preferences,
  )
}

export function setPreferences(change: Partial<Preferences>): void {
  preferences = { ...preferences, ...change }
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // Cookies are blocked: the choice holds until the page is closed.
  }
  applyPreferences()
  for (const listener of listeners) listener()
}

/** Puts theme and language on the document. */
export function applyPreferences(): void {
  const { dataset } = document.documentElement
  if (preferences.theme === 'system') delete dataset.theme
  else dataset.theme = preferences.theme
  document.documentElement.lang = preferences.language === 'zh' ? 'zh-CN' : 'en'
}

function read(): Preferences {
  const fallback: Preferences = {
    theme: 'system',
    language: navigator.language.startsWith('zh') ? 'zh' : 'en',
  }
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    const { theme, language } = (stored ?? {}) as Partial<Record<keyof Preferences, unknown>>
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : 'system',
      language: language === 'en' || language === 'zh' ? language : fallback.language,
    }
  } catch {
    return fallback
  }
}
