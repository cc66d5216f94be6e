import { errorToRecord } from '../domain/errors.ts'
import type { ClientEvent, RegisterOptions } from './api.ts'
import { carryOver } from './carry-over.ts'
import { createChanges } from './changes.ts'
import { createClimber } from './climb.ts'
import { createConnection } from './connection.ts'
import type { Environment } from './environment.ts'
import { type Engine, type Landing, land, type Step } from './ladder.ts'
import { createStatusStore, degradedOf, NO_SYNC } from './status.ts'
import { createWakeUps } from './wake-ups.ts'

export type CoreOptions = {
  readonly environment: Environment
  readonly baseName: string
  readonly projectId: string
  readonly options: RegisterOptions
  readonly steps: readonly Step[]
  readonly landing: Landing
  /** Called after the client went over to another engine. */
  readonly onEngine: (engine: Engine, core: Core) => void
  /** Called after another account's session began. */
  readonly onSession: (core: Core) => void
}

/** What lives as long as a client: its connection, status, subscriptions and wake-ups, and how they act on each other. */
export type Core = ReturnType<typeof createCore>

export function createCore(parts: CoreOptions) {
  const { environment, baseName, projectId, options, steps, landing } = parts
  const { clock, events, pageEvents } = environment
  const onClose: (() => void)[] = []
  let reading: Promise<void> | undefined
  let readAgain = false

  const status = createStatusStore(
    {
      rung: landing.engine.rung,
      degraded: degradedOf(landing.failures),
      accountId: landing.session.accountId,
      sync: NO_SYNC,
      migration: null,
      updateReady: false,
    },
    emit,
  )
  const connection = createConnection({
    baseName,
    landing,
    async descend(lost, reason) {
      const next = await land(steps.slice(steps.indexOf(lost.step) + 1), baseName, clock)
      return { ...next, failures: [{ rung: lost.step.rung, error: reason }, ...next.failures] }
    },
    onChange(change) {
      const { engine, session, failures } = connection.current()
      status.set({ rung: engine.rung, degraded: degradedOf(failures), accountId: session.accountId })
      if (change.engine) parts.onEngine(engine, core)
      if (change.session) parts.onSession(core)
      changes.tellAll()
      void wakeUps.run(change.session ? 'signed-in' : 'start')
    },
  })
  const changes = createChanges({
    events,
    pageEvents,
    database: () => connection.current().session.database,
    onStatusChanged: () => void readStatus(),
    onAccountChanged: () => void connection.refreshSession().catch(() => {}), // The next call hears of it.
  })
  const wakeUps = createWakeUps({
    clock,
    pageEvents,
    async wake(reason) {
      const answer = await connection.call('wake', { reason })
      await readStatus()
      return answer
    },
  })
  const climber = createClimber({
    clock,
    pageEvents,
    canClimb: () => steps.indexOf(connection.current().step) > 0,
    async climb() {
      const lesser = connection.current()
      const next = await land(steps.slice(0, steps.indexOf(lesser.step)), baseName, clock)
      connection.switchTo(next)
      await carryOver(lesser, next, environment, baseName)
      changes.tellAll()
    },
  })
  onClose.push(climber.close, changes.close, wakeUps.close, events.close)

  function emit(event: ClientEvent): void {
    try {
      options.onEvent?.(event)
    } catch (error) {
      console.error(error) // The app's telemetry must not stop what it watches.
    }
  }

  /** One reading at a time; what changes meanwhile is read after it. Resolves when the newest is in the status. */
  function readStatus(): Promise<void> {
    readAgain = reading !== undefined
    reading ??= readOnce().finally(() => {
      reading = undefined
    })
    return reading
  }

  async function readOnce(): Promise<void> {
    do {
      readAgain = false
      try {
        status.set({ sync: await connection.call('status', {}) })
      } catch (error) {
        const lastError = { ...errorToRecord(error), remedy: 'Reload the page.', at: clock.now() }
        status.set({ sync: { ...status.get().sync, state: 'error', lastError } })
      }
    } while (readAgain)
  }

  async function close(): Promise<void> {
    for (const end of onClose.splice(0)) end()
    await connection.current().engine.close()
  }

  const core = {
    environment,
    baseName,
    projectId,
    options,
    connection,
    status,
    changes,
    wakeUps,
    readStatus,
    onClose,
    close,
  }
  return core
}
