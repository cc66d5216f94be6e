import { ChatkeepError } from '../../domain/errors.ts'
import type { MutationId } from '../../domain/ids.ts'
import { isSyncedProject, type SyncSettings, type SyncSettingsChange } from '../../domain/sync-settings.ts'
import type { ProjectSync, QuarantinedOperation, SyncStatus, WakeReason } from '../../domain/sync-status.ts'
import type { Cancel, Clock } from '../../ports/clock.ts'
import type { Disk } from '../../ports/disk.ts'
import type { Events } from '../../ports/events.ts'
import type { Locks } from '../../ports/locks.ts'
import type { Network } from '../../ports/network.ts'
import type { Hashing, Random } from '../../ports/random.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import { UNKNOWN_DISK } from '../freeing/pressure.ts'
import { withQueueMended } from '../mending/mend-queue.ts'
import type { CloudTime } from '../retention/gate.ts'
import type { Database } from '../unit.ts'
import { createBootstrap } from './bootstrap.ts'
import { createDrain, type DrainResult } from './drain.ts'
import { createConversationFetch } from './fetch-conversation.ts'
import { createAbsentOpener } from './open-absent.ts'
import { visitRows } from './outbox-rows.ts'
import { createPlainCycle } from './plain/cycle.ts'
import { readProjectSync } from './project-sync.ts'
import { createProjectDirectory } from './projects.ts'
import { readQuarantined, releaseRow } from './quarantine.ts'
import { createRound } from './round.ts'
import { readSyncSettings, writeSyncSettings } from './settings.ts'
import { createSpaceCycle } from './space-cycle.ts'
import { readStatus } from './status.ts'
import { createTransport } from './transport.ts'
import { createTurnEnds } from './turn-ends.ts'

/** Progress is announced at most this often; the beginning and the end of a drain always are. */
const ANNOUNCE_INTERVAL_MS = 1_000

export type SyncOptions = {
  readonly database: Database
  /** The way to the cloud; null: none is configured, sync is off. */
  readonly network: Network | null
  /** The account that the database belongs to; null: an anonymous one, of which nothing is sent. */
  readonly accountId: string | null
  /** The cloud has only the requirement's four endpoints. */
  readonly isPlain?: boolean
  readonly clock: Clock
  readonly locks: Locks
  readonly random: Random
  readonly hashing: Hashing
  readonly events: Events
  /** Absent: nobody knows how full it is. */
  readonly disk?: Disk
}

export type Sync = {
  /** Whether there is a cloud and an account to fetch operations from; a plain server has none. */
  readonly canFetch: boolean
  /** Posts and pulls what may be posted and pulled now, of one project or of all. Concurrent calls join; it never rejects. */
  drain(reason: WakeReason, projectId?: string): Promise<DrainResult>
  status(): Promise<SyncStatus>
  /** What time it is by the cloud, as far as its last answer told. */
  cloudTime(): CloudTime
  /** Ends a wait for the network or after a 5xx, and drains. */
  syncNow(): Promise<SyncStatus>
  /** The same for one project, with how it went. Rejects with `sync/off` or `sync/auth-required` when it may not be asked for at all. */
  syncProject(asked: { readonly projectId: string; readonly conversationId?: string }): Promise<ProjectSync>
  /** Brings the content of an absent conversation now. Rejects with the reason why it cannot come. */
  fetchConversation(conversationId: string): Promise<{ readonly isHere: boolean }>
  settings(): Promise<SyncSettings>
  /** What is switched on again is drained by the caller's next wake-up. */
  changeSettings(change: SyncSettingsChange): Promise<SyncSettings>
  /** Puts an operation that was refused back into the queue. The caller drains next. */
  retryQuarantined(sequence: number): Promise<void>
  listQuarantined(): Promise<readonly QuarantinedOperation[]>
  /** Whether something of this mutation has not been shown back by the cloud, what is in quarantine included. */
  isPending(mutationId: MutationId): Promise<boolean>
}

/** The engine's side of the cloud for one database. Everything it knows is in that database: it may die at any await. */
export function createSync(options: SyncOptions): Sync {
  const { database, network, accountId, isPlain = false, clock, locks, random, hashing, events } = options
  let announcedAt = Number.NEGATIVE_INFINITY
  let cancelAnnouncement: Cancel | undefined

  const transport = createTransport({ network, clock, accountId: accountId ?? '' })
  const fetchConversation = createConversationFetch({ database, transport, clock })
  const bootstrap = createBootstrap({
    ...{ database, transport, fetchConversation },
    disk: options.disk ?? UNKNOWN_DISK,
  })
  const onProgress = announceSometimes
  const ends = createTurnEnds({ database, clock, random, onProgress })
  const parts = { database, transport, clock, ends, onProgress }
  const cycle = isPlain ? createPlainCycle({ ...parts, hashing }) : createSpaceCycle({ ...parts, bootstrap })
  // A plain server lists no projects: those are synced that this device knows by name.
  const askForProjects = isPlain
    ? async () => {}
    : createProjectDirectory({ database, transport, clock, random })
  const goRound = createRound({ database, clock, cycle, askForProjects })
  const drains = createDrain({ database, clock, locks, goRound, onChange: announce })

  const openAbsent = createAbsentOpener({
    ...{ database, clock, ends },
    // A plain server is asked for whole documents, in its own cycle.
    fetchConversation: isPlain ? async () => ({ kind: 'overtaken' }) : fetchConversation,
    way: network === null ? 'off' : accountId === null ? 'signed-out' : 'open',
    drain: (projectId) => drains.drain('visible', projectId),
    onFilled: announce,
  })

  function announce(): void {
    announcedAt = clock.now()
    cancelAnnouncement?.()
    cancelAnnouncement = undefined
    events.publish({ type: 'statusChanged', database: database.name })
  }

  function announceSometimes(): void {
    if (Math.abs(clock.now() - announcedAt) >= ANNOUNCE_INTERVAL_MS) announce()
    // What comes next may take long, and until then nobody would hear of this.
    else cancelAnnouncement ??= clock.setTimer(announce, ANNOUNCE_INTERVAL_MS)
  }

  const readSettings = () => database.read(['settings'], readSyncSettings)
  const isOff = network === null || accountId === null

  const status = () =>
    withQueueMended(database, () =>
      readStatus(database, clock, {
        hasCloud: network !== null,
        hasAccount: accountId !== null,
        isRunning: drains.isRunning(),
        failure: drains.lastFailure(),
      }),
    )

  const readQueue = <T>(work: (tx: ReadTransaction) => Promise<T>) =>
    withQueueMended(database, () => database.read(['sync_metadata', 'outbox'], work))

  return {
    canFetch: !isOff && !isPlain,
    drain: async (reason, projectId) =>
      isOff ? { dueAt: null, settled: true } : drains.drain(reason, projectId),
    status,
    cloudTime() {
      if (isOff) return { kind: 'no-cloud' }
      const heard = transport.cloudTime()
      return heard === null ? { kind: 'unknown' } : { kind: 'known', ...heard }
    },
    async syncNow() {
      if (!isOff) await drains.drain('sync-now')
      return status()
    },
    async syncProject(asked) {
      const { projectId } = asked
      const settings = await readSettings()
      if (network === null || !isSyncedProject(settings, projectId))
        throw cannotSync(projectId, network !== null)
      if (accountId === null) throw signedOut()
      await database.write('relaxed', (unit) => unit.applyOperations(projectId, [])) // Makes it known.
      const startedAt = clock.now()
      await drains.drain('sync-now', projectId)
      return readQueue((tx) => readProjectSync(tx, asked, startedAt, clock.now()))
    },
    fetchConversation: openAbsent,
    settings: readSettings,
    async changeSettings(change) {
      const changed = await writeSyncSettings(database, change)
      announce()
      return changed
    },
    async retryQuarantined(sequence) {
      const isReleased = await database.write('strict', ({ tx }) => releaseRow(tx, sequence))
      if (isReleased) announce()
    },
    listQuarantined: () => readQueue(readQuarantined),
    isPending: (mutationId) =>
      readQueue(async (tx) => {
        let isFound = false
        await visitRows(tx, (row) => {
          isFound = row.mutationId === mutationId
          return !isFound
        })
        return isFound
      }),
  }
}

function cannotSync(projectId: string, hasCloud: boolean): ChatkeepError {
  return new ChatkeepError(
    'sync/off',
    hasCloud
      ? `Sync is switched off for ${projectId}. Changes are kept on this device; switch it on to send them.`
      : 'No cloud was named. Changes are kept on this device; give `register` a `cloud` to send them.',
    { details: { projectId } },
  )
}

function signedOut(): ChatkeepError {
  return new ChatkeepError(
    'sync/auth-required',
    'Nobody is signed in. Changes are kept on this device; sign in to sync them.',
    { retryable: true },
  )
}
