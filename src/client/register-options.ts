import type { ClientEvent } from './client-status.ts'

/** Where the cloud is, how it is talked to, and as whom. */
export type CloudOptions = {
  /** Base of the API, absolute or relative to the page: `/api/v1/chat`. */
  readonly url: string
  /**
   * Answers a bearer token for a cloud on another origin; without it cookies are used. The worker asks any open page, keeps the answer for 30 s
   * and asks again after a 401; null, or no page to ask, and changes wait. After a sign-out call `setAccount(null)`: that ends sync at once.
   */
  readonly getToken?: () => Promise<string | null> | string | null
  /**
   * `plain`: a server that has only the requirement's four endpoints (list, get, post, delete), with or without `ETag`. Default: chatkeep's
   * own protocol. It is not guessed: what a server answers while something is wrong must not decide how it is talked to.
   */
  readonly dialect?: 'plain'
}

/** What `register` is told; each may be left out. */
export type RegisterOptions = {
  /** Default project of the calls that name none. Default `default`. */
  readonly projectId?: string
  /** Without it everything but sync works. Nothing is sent before `setAccount`. */
  readonly cloud?: CloudOptions
  /** Name of the database, 1 to 200 characters; two apps on one origin need two. Default `leanspec-chat-v1`. */
  readonly database?: string
  /** `false`: the engine runs in the page. */
  readonly worker?:
    | {
        /** Default `<base>sw.js`; the Vite plugin fills in the base. */
        readonly url?: string
        /** Default: the folder that the worker is in. */
        readonly scope?: string
        /** Default `classic`, which the ready-made worker is. */
        readonly type?: 'classic' | 'module'
      }
    | false
  /** Import of LeanSpec's localStorage layouts at startup. Default true. */
  readonly migrateLegacy?: boolean
  /** Telemetry without content: codes, counts, durations. */
  readonly onEvent?: (event: ClientEvent) => void
}
