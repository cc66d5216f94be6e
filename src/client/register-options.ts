import type { ClientEvent } from './client-status.ts'

export type CloudOptions = {
  /** Base of the API, absolute or relative to the page: `/api/v1/chat`. */
  readonly url: string
  /** Answers a bearer token for a cloud on another origin; without it cookies are used. Asked by the worker whenever it needs one. */
  readonly getToken?: () => Promise<string | null> | string | null
  /**
   * `plain`: a server that has only the requirement's four endpoints (list, get, post, delete), with or without `ETag`. Default: chatkeep's
   * own protocol. It is not guessed: what a server answers while something is wrong must not decide how it is talked to.
   */
  readonly dialect?: 'plain'
}

export type RegisterOptions = {
  /** Default project of the calls that name none. Default `default`. */
  readonly projectId?: string
  readonly cloud?: CloudOptions
  /** Name of the database. Default `leanspec-chat-v1`. */
  readonly database?: string
  readonly worker?:
    | {
        /** Default `<base>sw.js`; the Vite plugin fills in the base. */
        readonly url?: string
        readonly scope?: string
        readonly type?: 'classic' | 'module'
      }
    | false
  /** Import of LeanSpec's localStorage layouts at startup. Default true. */
  readonly migrateLegacy?: boolean
  /** Telemetry without content: codes, counts, durations. */
  readonly onEvent?: (event: ClientEvent) => void
}
