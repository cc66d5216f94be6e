import type { MutationId } from '../../domain/ids.ts'
import {
  type AutomationStatus,
  hasRule,
  MAX_TRASHED_A_DAY,
  type RetentionPolicy,
  trashAllowance,
} from '../../domain/retention.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Locks } from '../../ports/locks.ts'
import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import { writeRegister } from '../author.ts'
import type { CommandUnit } from '../command-unit.ts'
import type { ConversationState } from '../conversation-state.ts'
import { isAwaited } from '../mending/damage-errors.ts'
import { isSoundConversation } from '../mending/sound.ts'
import type { OpenDatabase } from '../open-database.ts'
import { rowsOfConversation } from '../sync/outbox-rows.ts'
import { readSpace, spaceKey } from '../sync/space.ts'
import { purgeRecorded, trash } from '../trash-commands.ts'
import { type CloudTime, confirm, type Memory, NOTHING_REMEMBERED, openGate, trashBudget } from './gate.ts'
import { isOver, wishFor } from './rules.ts'

const POLICY = 'retention:'
const MEMORY = 'automation'
const INTERVAL_MS = 60 * 60 * 1000

/** Follows the rules of projects, as carefully as protocol.md 1 ("Automation is careful") says. */
export type Retention = {
  policy(projectId: string): Promise<RetentionPolicy>
  setPolicy(projectId: string, policy: RetentionPolicy): Promise<void>
  /** Absent while no project has a rule. */
  status(): Promise<AutomationStatus | undefined>
  /** A person agrees to what `status` says: the suspension ends, every trash period starts anew, what waits may go. */
  confirm(): Promise<void>
  /** Follows the rules now, if the clocks allow it. Never rejects: what fails is tried at the next wake-up. */
  run(): Promise<void>
}

export function createRetention(parts: {
  readonly database: OpenDatabase
  readonly clock: Clock
  readonly locks: Locks
  readonly cloudTime: () => CloudTime
}): Retention {
  const { database, clock, locks, cloudTime } = parts

  async function follow(): Promise<void> {
    const policies = await database.read(['settings'], readPolicies)
    if (policies.size === 0) return
    const before = await database.read(['settings'], readMemory)
    if (!isDue(before, clock.now())) return
    const time = cloudTime()
    const gate = openGate(before, time, clock.now())
    if (!gate.isOpen) return remember(gate.memory)
    // First of all: an engine that dies here has not forgotten when it looked.
    await remember(gate.memory)
    const records = await database.read(['conversations'], (tx) => tx.scan('conversations'))
    const allowance = trashAllowance(records.filter(({ shelf }) => shelf !== 'gone').length)
    let { memory } = gate
    let waitingCount = 0
    for (const record of records) {
      const policy = policies.get(record.projectId)
      // Of what was freed every id is known, of what was only listed none.
      const isOnlyListed = record.absent !== undefined && record.lacking === undefined
      const isComing = record.lacking?.wanted === true || isAwaited(record.damaged)
      const isWhole = isSoundConversation(record) && !isComing
      if (policy === undefined || isOnlyListed || !isWhole) continue
      const wish = wishFor(record, policy, gate.now)
      if (wish === 'archive') await command(record, archive)
      if (wish === 'trash') {
        const { trashedAt, free } = trashBudget(memory, allowance, gate.now)
        if (free === 0 && memory.allowed === 0) {
          waitingCount++
          continue
        }
        // Counted before it is done: what dies in between was counted, at worst, for nothing.
        memory = {
          ...memory,
          trashedAt: [...trashedAt, gate.now].slice(-10 * MAX_TRASHED_A_DAY),
          allowed: free === 0 ? memory.allowed - 1 : memory.allowed,
        }
        await remember(memory)
        await command(record, (unit, state) => trash(unit, state, { mutationId: mutationOf(unit, state) }))
      }
      if (record.shelf !== 'trashed' || (policy.purgeAfterDays ?? null) === null) continue
      const since = time.kind === 'no-cloud' ? seenSince(record) : await receivedAt(record)
      if (since === null || !isOver(since, policy.purgeAfterDays, gate.now)) continue
      await command(record, purgeRecorded)
    }
    const state = waitingCount > 0 ? 'asking' : 'running'
    const trashed = new Set(records.filter(({ shelf }) => shelf === 'trashed').map(({ id }) => id))
    const seenInTrash = Object.fromEntries(
      Object.entries(memory.seenInTrash).filter(([id]) => trashed.has(id)),
    )
    const allowed = waitingCount === 0 ? 0 : memory.allowed
    await remember({ ...memory, seenInTrash, waitingCount, allowed, state, lastRunAt: gate.now })

    /** Without a cloud: since when these very operations have it in the trash, as far as this device saw. */
    function seenSince({ id, registers }: ConversationRecord): number {
      const heads = (registers.trashed ?? []).map((head) => head.id)
      const seen = memory.seenInTrash[id]
      if (seen !== undefined && seen.heads.join() === heads.join()) return seen.at
      memory = { ...memory, seenInTrash: { ...memory.seenInTrash, [id]: { heads, at: gate.now } } }
      return gate.now
    }
  }

  /** When the cloud received the last of the operations that have it in the trash now; null: it has not, or may have lost them. */
  function receivedAt({ id, projectId, registers }: ConversationRecord): Promise<number | null> {
    return database.read(['sync_metadata', 'outbox'], async (tx) => {
      const space = await readSpace(tx, spaceKey(projectId))
      if (space === undefined || space.suspect || space.incarnation !== database.incarnation) return null
      const synced = await tx.get('sync_metadata', `c:${id}`)
      const received = synced?.kind === 'conversation' ? (synced.trashReceivedAt ?? {}) : {}
      const heads = (registers.trashed ?? []).map((head) => head.id)
      const queued = new Set(
        (await rowsOfConversation(tx, id)).flatMap((row) => row.operations.map((o) => o.id)),
      )
      const times = heads.map((head) => (queued.has(head) ? undefined : received[head]))
      const known = times.filter((at) => at !== undefined)
      return known.length === 0 || known.length < times.length ? null : Math.max(...known)
    })
  }

  /** An act of its own each time: a rule that comes to the same conclusion later writes anew, and so does a copy of the profile. */
  function mutationOf({ hashing, now }: CommandUnit, { id, before }: ConversationState): MutationId {
    const act = [database.contextId, id, now, before?.revision ?? 0]
    return `retention-${hashing.hash(JSON.stringify(act))}` as MutationId
  }

  async function archive(unit: CommandUnit, state: ConversationState): Promise<void> {
    await writeRegister(unit.tx, state, unit.author(mutationOf(unit, state)), 'archived', true)
  }

  /** Acts on a conversation that is still as it was judged. */
  async function command(
    record: ConversationRecord,
    act: (unit: CommandUnit, state: ConversationState) => Promise<unknown>,
  ): Promise<void> {
    await database.command('strict', async (unit) => {
      const drafts = { lower: [record.id], upper: [record.id, []] }
      const state = await unit.registersOf(record.id)
      if (state.changed || state.before?.revision !== record.revision) return
      if ((await unit.tx.scan('drafts', { range: drafts, limit: 1 })).length > 0) return
      const mutationId = mutationOf(unit, state)
      await act(unit, state)
      await unit.enqueue(state, mutationId)
    })
  }

  function remember(memory: Memory): Promise<void> {
    return database.command('relaxed', async ({ tx }) => {
      await tx.put('settings', { name: MEMORY, value: memory })
    })
  }

  return {
    policy: (projectId) =>
      database.read(['settings'], async (tx) => {
        const stored = await tx.get('settings', POLICY + projectId)
        return (stored?.value ?? {}) as RetentionPolicy
      }),
    async setPolicy(projectId, policy) {
      await database.command('strict', async ({ tx }) => {
        const name = POLICY + projectId
        if (hasRule(policy)) await tx.put('settings', { name, value: policy })
        else await tx.delete('settings', name)
        // The next wake-up follows it.
        await tx.put('settings', { name: MEMORY, value: { ...(await readMemory(tx)), lastRunAt: null } })
      })
    },
    status: () =>
      database.read(['settings'], async (tx) => {
        if ((await readPolicies(tx)).size === 0) return undefined
        const { state, waitingCount, lastRunAt } = await readMemory(tx)
        return { state, waitingCount, lastRunAt }
      }),
    async confirm() {
      await database.command('strict', async ({ tx }) => {
        await tx.put('settings', { name: MEMORY, value: confirm(await readMemory(tx), clock.now()) })
      })
    },
    async run() {
      try {
        await locks.hold(`retention:${database.name}`, { ifAvailable: true }, follow)
      } catch {
        // What was done is done and counted; the rest is tried at the next wake-up.
      }
    },
  }
}

/** Whether there is a rule, and it is time to look what it asks for. */
export async function isRetentionDue(tx: ReadTransaction, now: number): Promise<boolean> {
  return (await readPolicies(tx)).size > 0 && isDue(await readMemory(tx), now)
}

/** Once an hour is enough, but for what a person just allowed. */
function isDue({ lastRunAt, state, allowed }: Memory, now: number): boolean {
  const hasRun = state === 'running' || state === 'asking'
  return lastRunAt === null || !hasRun || allowed > 0 || Math.abs(now - lastRunAt) >= INTERVAL_MS
}

async function readPolicies(tx: ReadTransaction): Promise<ReadonlyMap<string, RetentionPolicy>> {
  const range = { lower: POLICY, upper: 'retention;', upperOpen: true }
  const records = await tx.scan('settings', { range })
  return new Map(records.map(({ name, value }) => [name.slice(POLICY.length), value as RetentionPolicy]))
}

async function readMemory(tx: ReadTransaction): Promise<Memory> {
  const stored = (await tx.get('settings', MEMORY))?.value as Partial<Memory> | undefined
  return { ...NOTHING_REMEMBERED, ...stored }
}
