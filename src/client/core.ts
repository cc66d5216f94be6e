import { errorToRecord } from '../domain/errors.ts'
import type { Session } from '../domain/host-service.ts'
import type { SyncStatus } from '../domain/sync-status.ts'
import type { ClientStatus, RegisterOptions } from './api.ts'
import { toChatMessage, toInput } from './app-message.ts'
import { createChanges } from './changes.ts'
import { createConnection } from './connection.ts'
import type { CreateDraftWriter } from './draft-writer.ts'
import type { Environment } from './environment.ts'
import { type Engine, type Failure, type Landing, land, type Step } from './ladder.ts'
import { createStatusStore, NO_SYNC } from './status.ts'
import { createStatusReader } from './status-reader.ts'
import type { WakeUps } from './wake-ups.ts'

export type CoreOptions = {
  readonly environment: Environment
  readonly baseName: string
  readonly projectId: string
  readonly options: RegisterOptions
  readonly steps: readonly Step[]
  readonly landing: Landing
  /** Tells an engine that the client just went over to what it has to know. */
  readonly configure: () => Promise<void>
}

/** What lives as long as a client: its connection, status, subscriptions and wake-ups, and how they act on each other. */
export type Core = ReturnType<typeof createCore>

export function createCore(parts: CoreOptions) {
  const { environment, baseName, projectId, options, steps, landing } = parts
  const { clock, events, pageEvents } = environment
  const onClose: (() => void)[] = []
  /** The account of which a person said that it does not take what waits here. */
  let declinedBy: string | null = null
  /** Stands over what the engine says of sync. */
  let fault: SyncStatus['lastError'] = null

  const initial: ClientStatus = {
    rung: landing.engine.rung,
    degraded: landing.degraded,
    ...accountOf(landing.session),
    sync: NO_SYNC,
    migration: null,
    updateReady: false,
  }
  const status = createStatusStore(initial)
  const landOn = (among: readonly Step[], lost: readonly Failure[] = []): Promise<Landing> =>
    land(among, baseName, clock, lost)
  const connection = createConnection({
    baseName,
    landing,
    descend: ({ step, engine }, reason) =>
      landOn(engine.isProvisional ? stepsInPage(step) : steps.slice(steps.indexOf(step) + 1), [
        { rung: step.rung, error: reason },
      ]),
    onChange(change) {
      const { engine, session, degraded } = connection.current()
      const sync = change.session ? withFault(untoldOf(session)) : status.get().sync
      status.set({ rung: engine.rung, degraded, ...accountOf(session), sync })
      changes.tellAll()
      if (change.engine) {
        core.onEngine?.(engine)
        void parts.configure()
      }
      void core.wakeUps?.run(change.session ? 'signed-in' : 'start')
    },
  })
  const shown = () => connection.current().session.database
  const statusReader = createStatusReader({
    clock,
    async readOnce() {
      await tellSync(
        connection.call('status', {}).catch((error) => failing(status.get().sync, failed(error))),
      )
    },
  })
  const changes = createChanges({
    events,
    pageEvents,
    database: shown,
    onStatusChanged: statusReader.follow,
    onAccountChanged: () => void followAccount(),
  })
  onClose.push(changes.close, statusReader.close, events.close)

  const stepsInPage = (last: Step): readonly Step[] =>
    steps.filter((step) => step !== last && step.rung !== 'worker+indexeddb')

  function accountOf({ accountId, adoptable }: Session): Pick<ClientStatus, 'accountId' | 'adoptable'> {
    const isAsked = adoptable !== null && accountId !== declinedBy
    return { accountId, adoptable: isAsked ? { conversationCount: adoptable.conversationCount } : null }
  }

  /** Also an account that stays may have taken conversations over. */
  async function followAccount(): Promise<void> {
    await connection.refreshSession().catch(() => {}) // The next call hears of it.
    changes.tellAll()
  }

  const failed = (error: unknown, remedy = 'Reload the page.') => ({
    ...errorToRecord(error),
    remedy,
    at: clock.now(),
  })

  const withFault = (sync: SyncStatus): SyncStatus => (fault === null ? sync : failing(sync, fault))

  /** Until the queue of an account that just came was looked at: nothing of the one before. */
  const untoldOf = ({ accountId }: Session): SyncStatus => ({
    ...NO_SYNC,
    state: !options.cloud ? 'off' : accountId === null ? 'signed-out' : 'syncing',
  })

  async function tellSync(asked: Promise<SyncStatus>): Promise<SyncStatus> {
    const database = shown()
    const sync = await asked
    // An answer is of the account that was asked about, and may come after that left.
    if (shown() === database) status.set({ sync: withFault(sync) })
    return status.get().sync
  }

  function stop(): void {
    for (const end of onClose.splice(0)) end()
  }

  async function close(): Promise<void> {
    stop()
    await connection.close()
  }

  const core = {
    environment,
    baseName,
    projectId,
    options,
    steps,
    landOn,
    connection,
    /** The status at the beginning. */
    initial,
    status,
    changes,
    /** Until the part is loaded that looks after the queue, it waits on disk. */
    wakeUps: undefined as WakeUps | undefined,
    createDraftWriter: createPlainDraftWriter,
    readStatus: statusReader.read,
    /** What the engine was just asked about sync goes into the status; answers what that says of it then. */
    tellSync,
    /** Why the page could not tell its engine of the cloud; nothing when it could. */
    setFault(error?: unknown): void {
      fault = error === undefined ? null : failed(error, 'Check `cloud.url`. Reload the page.')
      if (fault) void statusReader.read()
    },
    /** Nobody is told that all is synced once something was saved; the wake-up that follows counts. */
    noteQueued(): void {
      const { sync } = status.get()
      if (sync.state === 'idle' && sync.pendingCount === 0) status.set({ sync: { ...sync, pendingCount: 1 } })
    },
    /** The answer of this account's person; null: not asked yet. */
    declineAdoption(accountId: string | null): void {
      declinedBy = accountId
      status.set(accountOf(connection.current().session))
    },
    /** Ends of what others started for this client. */
    onClose,
    /** Called with the engine that the client went over to. */
    onEngine: undefined as ((engine: Engine) => void) | undefined,
    /** Ends listeners, timers and locks; the engine still answers. */
    stop,
    close,
  }
  return core
}

const failing = (sync: SyncStatus, lastError: SyncStatus['lastError']): SyncStatus => ({
  ...sync,
  state: 'error',
  lastError,
})

/** Each checkpoint as it comes; the whole writer is loaded with the rest. */
const createPlainDraftWriter: CreateDraftWriter = ({ draft, messageId, checkpoint, finish }) => ({
  messageId,
  signal: new AbortController().signal,
  checkpoint: async (message) => (await checkpoint({ ...draft, message: toChatMessage(message) })).outcome,
  finish: (message) => finish({ ...draft, message: toInput(message) }),
})
