import { ChatkeepError, type ErrorCode, type ErrorRecord, errorToRecord } from '../domain/errors.ts'
import type { Session } from '../domain/host-service.ts'
import type { Clock } from '../ports/clock.ts'
import type { Caller } from '../rpc/protocol.ts'
import type { ClientStatus, Rung } from './api.ts'
import { within } from './within.ts'

/** An engine that answers calls, wherever it runs. */
export type Engine = {
  readonly rung: Rung
  readonly caller: Caller
  close(): Promise<void>
  /** True when it knows nobody and keeps nothing until an engine can be loaded: it is taken without a probe, as the last resort. */
  readonly isProvisional?: true
}

/** One way to have an engine. `start` rejects when this browser does not offer it. */
export type Step = { readonly rung: Rung; readonly start: () => Promise<Engine> }

export type Failure = { readonly rung: Rung; readonly error: ErrorRecord }

/** Where a client stands, and why it is not on the best rung (null on the best). */
export type Landing = {
  readonly step: Step
  readonly engine: Engine
  readonly session: Session
  /** Somebody signed out while the page stood here. */
  readonly isLeft?: boolean
  readonly degraded: ClientStatus['degraded']
}

/** A rung that has not answered by then is passed over. */
const STEP_LIMIT_MS = 12_000
const PROBE_SETTING = 'chatkeep:probe'
/** A write that fails so tells nothing against the store: it is there, and full or a newer build's. */
const TELLS_NOTHING: readonly ErrorCode[] = ['storage/quota', 'storage/read-only']

/**
 * The first step on which a session opens and a value that was written reads back. `lost` is the rung that the client just
 * fell from. Rejects only when the last step fails too.
 */
export async function land(
  steps: readonly Step[],
  baseName: string,
  clock: Clock,
  lost: readonly Failure[] = [],
): Promise<Landing> {
  const failures = [...lost]
  for (const step of steps) {
    let engine: Engine | undefined
    try {
      engine = await within(clock, STEP_LIMIT_MS, step.start(), tooSlow, (late) => void late.close())
      const session = await within(clock, STEP_LIMIT_MS, probe(engine, baseName), tooSlow)
      return { step, engine, session, degraded: await explain(failures) }
    } catch (error) {
      failures.push({ rung: step.rung, error: errorToRecord(error) })
      void engine?.close().catch(() => {}) // It failed already; its reason is kept above.
    }
  }
  throw new ChatkeepError('storage/unavailable', 'No place to keep conversations was found.', {
    retryable: true,
    details: { tried: failures },
  })
}

/** The words are loaded only when there is something to say. */
async function explain(failures: readonly Failure[]): Promise<ClientStatus['degraded']> {
  const nearest = failures.at(-1)
  if (nearest === undefined) return null
  try {
    const { degradedOf } = await import('./degraded.ts')
    return degradedOf(failures)
  } catch {
    return { ...nearest.error, remedy: 'Reload the page.' } // Nothing can be loaded now; the code says the rest.
  }
}

/** By doing: opens the session, writes, reads. Another tab may probe at the same time, so any probe's value will do. */
async function probe({ caller, isProvisional }: Engine, baseName: string): Promise<Session> {
  const session = (await caller.call({
    database: null,
    method: 'openSession',
    argument: { baseName },
  })) as Session
  const { database } = session
  if (isProvisional) return session
  try {
    await caller.call({ database, method: 'setSetting', argument: { name: PROBE_SETTING, value: 'written' } })
    const read = await caller.call({ database, method: 'getSetting', argument: { name: PROBE_SETTING } })
    if ((read as { value?: unknown }).value !== 'written') throw unreadable()
  } catch (error) {
    if (!(error instanceof ChatkeepError) || !TELLS_NOTHING.includes(error.code)) throw error
  }
  return session
}

function unreadable(): ChatkeepError {
  return new ChatkeepError('storage/corrupt', 'What was written could not be read back.')
}

function tooSlow(): ChatkeepError {
  return new ChatkeepError('storage/unavailable', 'It did not answer in time.', { retryable: true })
}
