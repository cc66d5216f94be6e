import { useSyncExternalStore } from 'react'

/** The width below which the list of conversations is a drawer; the style sheets have the same. */
const NARROW = '(max-width: 52rem)'

export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(NARROW).matches)
}

function subscribe(listener: () => void): () => void {
  const query = matchMedia(NARROW)
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}
