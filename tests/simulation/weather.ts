import { type Dice, diceOf } from './dice.ts'
import { type Theme, themesOf } from './themes.ts'

/** How bad one history is: probabilities, per request or per step. */
export type Weather = {
  readonly devices: number
  readonly accounts: readonly string[]
  readonly steps: number
  /** Longest way of a request or an answer. */
  readonly latencyMs: number
  readonly requestLost: number
  readonly responseLost: number
  readonly lateDelivery: number
  readonly duplicate: number
  /** An answer that some machine in between, or a server in trouble, gives instead of ours. */
  readonly strangeAnswer: number
  /** Per transaction: it is aborted, or the disk is full, or the connection goes away. */
  readonly storageFails: number
  /** Per step: the worker that serves it dies at one of its next awaits. */
  readonly workerDies: number
  /** Whether transactions take time, so that two contexts interleave. */
  readonly hasSlowDisk: boolean
  /** Without Web Locks every context locks for itself, and two may sync at once. */
  readonly hasWebLocks: boolean
  /** Per step: a fault of the larger kind (kill, evict, clone, restore, clock). */
  readonly disaster: number
  /** Per step: somebody signs in or out. */
  readonly comings: number
  /** A server that takes only so many operations at once; null: as many as ours. */
  readonly smallServer: number | null
  /** A server that shows only so much of a log or a list at once; null: as much as ours. */
  readonly shortPages: number | null
  /** Of the browsers, in how many the app names its cloud only some minutes after it was first opened. */
  readonly unaware: number
  /** Almost no room is left: values are freed at wake-ups, and what was only listed is not fetched. */
  readonly isDiskSmall: boolean
  /** The cloud's log is in SQLite, as it is in earnest; else in arrays, which is faster. */
  readonly hasSqlite: boolean
  readonly themes: ReadonlySet<Theme>
  /** Of so many operations one is refused by something on the way, whoever sends it; null: none. */
  readonly filter: number | null
  /** Per rest of a writer: the page is frozen for longer than a lease. */
  readonly freezes: number
  /** Per step: several people, or tabs, do something at the same moment. */
  readonly atOnce: number
  /** Of the tabs that open, how many run the engine themselves. */
  readonly ownHosts: number
  /** The cloud is somebody else's server with the requirement's four endpoints; null: it is ours. */
  readonly plain: { readonly hasEtags: boolean; readonly hasPurges: boolean } | null
}

/** The themes of one seed's history. */
export const themesAt = (seed: number): ReadonlySet<string> => weatherOf((name) => diceOf(seed, name)).themes

/** The same weather before a plain server. What asks for operations in requests, or frees what the cloud keeps, is not there. */
export const plainWeather = (weather: Weather, dice: Dice): Weather => ({
  ...weather,
  steps: dice.between(50, 80),
  filter: null,
  smallServer: null,
  shortPages: null,
  unaware: 0,
  isDiskSmall: false,
  plain: { hasEtags: dice.chance(0.5), hasPurges: dice.chance(0.2) },
})

/** What came later has dice of its own, so that the histories that it leaves out stay as they were. */
export function weatherOf(diceFor: (name: string) => Dice): Weather {
  const dice = diceFor('weather')
  const pages = diceFor('pages')
  const mood = dice.weighted({ calm: 1, rough: 4, storm: 2 })
  const strength = mood === 'calm' ? 0.2 : mood === 'rough' ? 1 : 2
  const upTo = (most: number) => dice.number() * most * strength
  const themes = themesOf(dice, diceFor('packs'))
  const isCrowded = themes.has('crowd')
  const hasManyTabs = isCrowded || themes.has('answers')
  return {
    devices: dice.between(2, 4),
    accounts: dice.chance(0.3) ? ['anna', 'bert'] : ['anna'],
    steps: dice.between(100, 130),
    latencyMs: dice.pick([20, 400, 4_000]),
    requestLost: upTo(0.2),
    responseLost: upTo(0.2),
    lateDelivery: upTo(0.06),
    duplicate: upTo(0.15),
    strangeAnswer: upTo(themes.has('clocks') ? 0.2 : 0.12),
    storageFails: dice.chance(isCrowded ? 0.7 : 0.3) ? upTo(0.03) : 0,
    workerDies: upTo(0.06),
    hasSlowDisk: dice.chance(0.25),
    hasWebLocks: dice.chance(hasManyTabs ? 0.5 : 0.8),
    disaster: upTo(0.16),
    smallServer: dice.chance(0.15) ? dice.pick([1, 3, 7]) : null,
    comings: dice.chance(0.4) ? 0.06 : 0.005,
    hasSqlite: dice.chance(0.02),
    themes,
    filter: themes.has('filter') ? dice.pick([2, 4, 8]) : null,
    freezes: themes.has('answers') ? 0.4 : 0.1,
    atOnce: isCrowded ? 0.5 : 0.25,
    ownHosts: isCrowded ? 0.4 : 0.15,
    isDiskSmall: dice.chance(0.15),
    plain: null,
    shortPages: pages.chance(0.2) ? pages.pick([1, 3, 12]) : null,
    unaware: pages.chance(0.25) ? 0.6 : 0,
  }
}
