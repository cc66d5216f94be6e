import { ChatkeepError } from '../../domain/errors.ts'
import type { SessionReader } from './session-reader.ts'

/** What a person began in a chat and that has not ended: sends, regenerates, edits. */
export type Acts = {
  readonly areRunning: boolean
  /** Runs one; while the chat of who left goes from the screen, after that. Rejects when it would be another person's then. */
  run<T>(act: () => Promise<T>): Promise<T>
  /** Stops them until there is none. */
  end(): Promise<void>
}

export function createActs(parts: {
  readonly reader: () => Pick<SessionReader, 'changing' | 'untilChanged'>
  readonly isAsking: () => boolean
  readonly stop: () => Promise<void>
  /** Called when one begins or ends. */
  readonly changed: () => void
  readonly settled: () => void
  readonly subscribe: (listener: () => void) => () => void
}): Acts {
  const { reader, isAsking, stop, changed, settled, subscribe } = parts
  let count = 0

  async function run<T>(act: () => Promise<T>): Promise<T> {
    if (reader().changing !== null) await reader().untilChanged()
    count++
    changed()
    try {
      return await act()
    } finally {
      count--
      changed()
      settled()
    }
  }

  async function end(): Promise<void> {
    while (count > 0) {
      const change = nextChange()
      if (isAsking()) await stop()
      else await change
    }
  }

  function nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const unsubscribe = subscribe(() => {
        unsubscribe()
        resolve()
      })
    })
  }

  return {
    get areRunning() {
      return count > 0
    },
    run,
    end,
  }
}

export const somebodyElse = () =>
  new ChatkeepError(
    'account/closed',
    'Somebody else signed in meanwhile. Nothing was sent or saved; sign in again as before, and repeat it.',
  )
