import type { BrowserEvents } from '../../../src/browser/events.ts'
import { createBrowserRandom } from '../../../src/browser/random.ts'
import type { Environment } from '../../../src/client/environment.ts'
import type { PageEvent, PageEvents } from '../../../src/client/page-events.ts'
import type { ChangeEvent } from '../../../src/ports/events.ts'
import { createFakeClock } from '../rpc/fake-clock.ts'

/** A page whose lifecycle, clock and broadcasts a test moves. */
export function createFakePage({ isVisible = true, acrossContexts = true } = {}) {
  const clock = createFakeClock()
  const pageListeners = new Set<(event: PageEvent) => void>()
  const eventListeners = new Set<(event: ChangeEvent) => void>()
  let visible = isVisible
  const pageEvents: PageEvents = {
    isVisible: () => visible,
    listen(listener) {
      pageListeners.add(listener)
      return () => pageListeners.delete(listener)
    },
  }
  const events: BrowserEvents = {
    acrossContexts,
    publish(event) {
      for (const listener of [...eventListeners]) listener(event)
    },
    subscribe(listener) {
      eventListeners.add(listener)
      return () => eventListeners.delete(listener)
    },
    close: () => eventListeners.clear(),
  }
  const environment: Environment = {
    clock,
    random: createBrowserRandom(),
    events,
    pageEvents,
    localStorage: null,
  }
  return {
    clock,
    environment,
    events,
    pageEvents,
    fire(event: PageEvent) {
      if (event === 'visible') visible = true
      if (event === 'hidden') visible = false
      for (const listener of [...pageListeners]) listener(event)
    },
    listenerCount: () => pageListeners.size + eventListeners.size,
  }
}
