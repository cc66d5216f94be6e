import type { Act } from './acts.ts'
import type { Dice } from './dice.ts'
import type { Disaster } from './disasters.ts'

/**
 * What a history dwells on. Everything happens in all of them; a theme makes what meets in one corner of the protocol happen there
 * more often, and together.
 */
export const THEMES = [
  /** Answers that grow, tabs that freeze while they write one, and people who edit what broke off. */
  'answers',
  /** Clocks that jump and are set right again, servers that name a time. */
  'clocks',
  /** Something on the way refuses some operations for good. */
  'filter',
  /** The server loses its last seconds, and devices what they would have offered. */
  'failover',
  /** Two devices do the same at the same moment. */
  'twins',
  /** Rules of a project, and days that pass. */
  'retention',
  /** Several tabs and hosts of the engine in one browser, acts at once, and a disk that fails. */
  'crowd',
  /** Trash and purges, and what comes late. */
  'purges',
  /** Conversations that are folded into packs after a few messages, and packed messages that change. */
  'packs',
] as const
export type Theme = (typeof THEMES)[number]

const IS_ON = 0.2

/** What came later has dice of its own, so that the histories of the seeds that it leaves out stay as they were. */
export function themesOf(dice: Dice, later: Dice): ReadonlySet<Theme> {
  return new Set(THEMES.filter((theme) => (theme === 'packs' ? later : dice).chance(IS_ON)))
}

const ACTS: Readonly<Record<Theme, Partial<Record<Act, number>>>> = {
  answers: { stream: 5, stop: 3, editHalf: 12, focus: 2 },
  clocks: { syncNow: 5, online: 4 },
  filter: { editThrice: 12, release: 3, purge: 3, removeForever: 4 },
  failover: { edit: 1.5, syncNow: 2 },
  twins: { rename: 2, edit: 1.5, resolve: 3 },
  retention: {
    retention: 20,
    trash: 6,
    restore: 8,
    focus: 2,
    say: 0.2,
    answer: 0.2,
    save: 0.2,
    sameId: 0.2,
    stream: 0.2,
  },
  crowd: { say: 1.5, select: 3, fork: 2 },
  purges: { purge: 3, removeForever: 4, trash: 3, edit: 1.5 },
  packs: { say: 1.3, edit: 2, removeForever: 2, import: 4, freeSpace: 2, purge: 0.7, focus: 1.5 },
}

const DISASTERS: Readonly<Record<Theme, Partial<Record<Disaster, number>>>> = {
  answers: { workerDies: 2 },
  clocks: { clockDay: 3, clockDecade: 3, clockSpell: 25, offline: 2 },
  filter: { restoreServer: 2, restoreAndEvict: 6, evicted: 3, newDevice: 3 },
  failover: { failover: 12, restoreAndEvict: 8, evicted: 2, newDevice: 3 },
  twins: {},
  retention: { clockDay: 10, clockRight: 3 },
  crowd: { tabDies: 2 },
  purges: { restoreServer: 1.5, cloned: 2, newDevice: 2 },
  packs: {},
}

export const dwellingActs = (acts: Readonly<Record<Act, number>>, themes: ReadonlySet<Theme>) =>
  weighed(acts, themes, ACTS)

export const dwellingDisasters = (
  disasters: Readonly<Record<Disaster, number>>,
  themes: ReadonlySet<Theme>,
) => weighed(disasters, themes, DISASTERS)

function weighed<Name extends string>(
  weights: Readonly<Record<Name, number>>,
  themes: ReadonlySet<Theme>,
  factors: Readonly<Record<Theme, Partial<Record<Name, number>>>>,
): Readonly<Record<Name, number>> {
  const changed: Record<Name, number> = { ...weights }
  for (const theme of themes) {
    for (const name in factors[theme]) changed[name] *= factors[theme][name] ?? 1
  }
  return changed
}
