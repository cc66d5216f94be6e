import type { ChangeEvent, Events } from '../ports/events.ts'

const CHANNEL_NAME = 'chatkeep:events'

/** Events of every context of the origin, named by database in each event. */
export type BrowserEvents = Events & {
  /** False when only this context hears what is published here. */
  readonly acrossContexts: boolean
  close(): void
}

/** A `BroadcastChannel`, and this context itself; only the latter where the browser refuses the channel. */
export function createBrowserEvents(
  openChannel: (name: string) => BroadcastChannel = openBroadcast,
): BrowserEvents {
  const listeners = new Set<(event: ChangeEvent) => void>()
  const channel = tryOpen(openChannel)
  channel?.addEventListener('message', (message: MessageEvent<unknown>) => {
    if (isChangeEvent(message.data)) deliver(message.data)
  })

  function deliver(event: ChangeEvent): void {
    for (const listener of [...listeners]) listener(event)
  }

  return {
    acrossContexts: channel !== undefined,
    publish(event) {
      channel?.postMessage(event)
      deliver(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      listeners.clear()
      channel?.close()
    },
  }
}

const openBroadcast = (name: string) => new BroadcastChannel(name)

function tryOpen(openChannel: (name: string) => BroadcastChannel): BroadcastChannel | undefined {
  try {
    return openChannel(CHANNEL_NAME)
  } catch {
    return undefined // Missing, or refused with blocked cookies (Firefox): pages then refetch when they are looked at.
  }
}

function isChangeEvent(value: unknown): value is ChangeEvent {
  return typeof value === 'object' && value !== null && 'type' in value && 'database' in value
}
