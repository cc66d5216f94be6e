import type { RetentionPolicy } from '../../src/domain/retention.ts'
import type { Act } from './acts.ts'
import type { Dice } from './dice.ts'
import type { Tab } from './tab.ts'

/** What a person does beside talking, and how often. */
export const UPKEEP = {
  syncNow: 2,
  online: 1.5,
  syncOff: 0.7,
  syncOn: 1.5,
  release: 1,
  resolve: 4,
  fetch: 1.5,
  retention: 0.2,
} as const
export type Upkeep = keyof typeof UPKEEP

export const isUpkeep = (act: Act): act is Upkeep => act in UPKEEP

/** The shortest rule of each kind that a project can have, in days: what the oracle counts with. */
export const LEAST_DAYS = 1
const POLICIES: readonly RetentionPolicy[] = [
  { purgeAfterDays: LEAST_DAYS },
  { purgeAfterDays: LEAST_DAYS, trashAfterDays: LEAST_DAYS },
  { archiveAfterDays: LEAST_DAYS, trashAfterDays: 2 * LEAST_DAYS },
  {},
]

export async function upkeep(tab: Tab, dice: Dice, kind: Upkeep, conversationId: string): Promise<void> {
  const base = { mutationId: tab.mutation(), conversationId }
  const projectId = 'p'
  switch (kind) {
    case 'syncNow':
      await tab.call('syncNow', {})
      return
    case 'online':
      // Browsers say so whenever a network comes, also beside one that was there.
      tab.tell('online')
      return
    case 'syncOff':
      await tab.call(
        'changeSyncSettings',
        dice.chance(0.5) ? { enabled: false } : { project: { projectId, enabled: false } },
      )
      return
    case 'syncOn':
      await tab.call('changeSyncSettings', SYNC_ON)
      void tab.wakeUps.run('start')
      return
    case 'release':
      for (const { sequence } of (await tab.call('listQuarantined', {})) ?? [])
        if (dice.chance(0.5)) await tab.call('retryQuarantined', { sequence })
      void tab.wakeUps.run('start')
      return
    case 'resolve': {
      const conflicts = (await tab.call('conflicts', { conversationId }))?.conflicts ?? []
      if (conflicts.length === 0) return
      const { register, covers, heads } = dice.pick(conflicts)
      const head = dice.pick(heads).id
      const choice = dice.pick(['mine', 'theirs', 'both', { head }] as const)
      await tab.call('resolveConflict', { ...base, register, covers, choice })
      return
    }
    case 'fetch':
      await tab.call('fetchConversation', { conversationId })
      return
    case 'retention':
      await tab.call('setRetention', { projectId, policy: dice.pick(POLICIES) })
      tab.tell('focus')
      return
  }
}

/** Everything of the project is synced again. */
export const SYNC_ON = { enabled: true, project: { projectId: 'p', enabled: true } }
