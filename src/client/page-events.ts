/** What the browser tells a page about itself; `visible` and `hidden` come from `visibilitychange`. */
export type PageEvent = 'online' | 'focus' | 'pageshow' | 'visible' | 'hidden' | 'freeze' | 'pagehide'

/** The page's lifecycle, replaceable in tests. */
export type PageEvents = {
  isVisible(): boolean
  listen(listener: (event: PageEvent) => void): () => void
}

export function createPageEvents(): PageEvents {
  const isVisible = () => document.visibilityState === 'visible'
  return {
    isVisible,
    listen(listener) {
      const ends = new AbortController()
      const options = { signal: ends.signal }
      for (const type of ['online', 'focus', 'pageshow', 'pagehide'] as const) {
        window.addEventListener(type, () => listener(type), options)
      }
      document.addEventListener(
        'visibilitychange',
        () => listener(isVisible() ? 'visible' : 'hidden'),
        options,
      )
      document.addEventListener('freeze', () => listener('freeze'), options)
      return () => ends.abort()
    },
  }
}

/** For contexts without a page, such as server rendering: nothing ever happens. */
export function createNoPageEvents(): PageEvents {
  return { isVisible: () => false, listen: () => () => {} }
}
