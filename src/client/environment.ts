import { createBrowserClock } from '../browser/clock.ts'
import { type BrowserEvents, createBrowserEvents } from '../browser/events.ts'
import { createBrowserRandom } from '../browser/random.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { createNoPageEvents, createPageEvents, type PageEvents } from './page-events.ts'

/** What the client needs from the page it runs in; tests give their own. */
export type Environment = {
  readonly clock: Clock
  readonly random: Random
  readonly events: BrowserEvents
  readonly pageEvents: PageEvents
  /** Null where the browser refuses it. */
  readonly localStorage: Storage | null
}

export const isPage = (): boolean => typeof window !== 'undefined' && typeof document !== 'undefined'

export function createEnvironment(): Environment {
  const common = { clock: createBrowserClock(), random: createBrowserRandom() }
  return isPage()
    ? {
        ...common,
        events: createBrowserEvents(),
        pageEvents: createPageEvents(),
        localStorage: usableLocalStorage(),
      }
    : {
        ...common,
        events: createBrowserEvents(refuseChannel),
        pageEvents: createNoPageEvents(),
        localStorage: null,
      }
}

/** On a server a channel would keep the process alive and reach other people's requests. */
function refuseChannel(): never {
  throw new Error('No page.')
}

/** By doing: the getter throws where cookies are blocked, and a write where there is no room. One that is full can be read, and emptied. */
function usableLocalStorage(): Storage | null {
  const key = 'chatkeep:probe'
  try {
    if (localStorage.length === 0) {
      localStorage.setItem(key, '1')
      localStorage.removeItem(key)
    }
    return localStorage
  } catch {
    return null // Then nothing is kept there, and nothing of LeanSpec's can be.
  }
}
