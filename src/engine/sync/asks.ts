import { type DrainReason, endsWaits, isAnsweredByRunningDrain } from './drain-reason.ts'

/** Why a drain begins, when that was asked by the device's clock, and for which project alone; null: for all. */
export type Ask = { readonly reason: DrainReason; readonly at: number; readonly projectId: string | null }

/** An ask is kept while another context drains. After this it ends no wait any more: that may have begun long after it. */
const FRESH_MS = 60_000

/** What one round of a drain was asked for. */
export type Asks = readonly Ask[]

/** The reasons that concern one project; those for all projects do. */
export function reasonsFor(asks: Asks, projectId: string): ReadonlySet<DrainReason> {
  const concerned = asks.filter((ask) => ask.projectId === null || ask.projectId === projectId)
  return new Set(concerned.map(({ reason }) => reason))
}

/** The reasons that concern everything, the list of projects too. */
export function reasonsForAll(asks: Asks): ReadonlySet<DrainReason> {
  return new Set(asks.filter((ask) => ask.projectId === null).map(({ reason }) => reason))
}

export const isSaveOnly = (reasons: ReadonlySet<DrainReason>): boolean =>
  reasons.size === 1 && reasons.has('save')

/** Whether a round that is running does what is asked now: it looks everywhere, and the new ask says nothing of what is new. */
export function isAnsweredBy(round: Asks, { reason }: Ask): boolean {
  const isEverywhere = round.some((ask) => ask.projectId === null && ask.reason !== 'save')
  return isEverywhere && isAnsweredByRunningDrain(reason)
}

/** The asks that no round has taken up yet. */
export function createAsks() {
  const waiting = new Map<string, Ask>()
  return {
    add: (ask: Ask): void => void waiting.set(`${ask.reason} ${ask.projectId ?? ''}`, ask),
    take(now: number): Asks {
      const taken = [...waiting.values()].map((ask) => whatIsLeft(ask, now))
      waiting.clear()
      return taken
    },
    get isEmpty() {
      return waiting.size === 0
    },
  }
}

function whatIsLeft(ask: Ask, now: number): Ask {
  const isFresh = Math.abs(now - ask.at) < FRESH_MS
  return isFresh || !endsWaits(ask.reason) ? ask : { ...ask, reason: 'visible' }
}
