import type { Limits } from '../../src/domain/wire.ts'
import type { Metrics } from '../metrics.ts'
import type { Authenticate, Session } from '../session.ts'
import type { ChatStorage } from '../storage/chat-storage.ts'

/** What the routes work with. */
export type ServerContext = {
  readonly storage: ChatStorage
  readonly authenticate: Authenticate
  readonly limits: Limits
  readonly metrics: Metrics
  readonly now: () => number
  readonly heartbeatMs: number
  /** Aborted when the server closes; event streams end then. */
  readonly closing: AbortSignal
}

/** Types of Hono's context: the session is set before any route below `/api/v1/chat` runs. */
export type ServerEnv = { Variables: { session: Session } }
