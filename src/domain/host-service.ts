/** The database that this browser shows now, and whose it is. */
export type Session = {
  readonly database: string
  readonly accountId: string | null
  /** Set when anonymous conversations wait for a person's decision whether this account takes them. */
  readonly adoptable: { readonly database: string; readonly conversationCount: number } | null
}

/** What the hosts of the engine answer about themselves. */
export type Hello = {
  readonly protocol: number
  readonly schema: number
  readonly build: string
  readonly bootId: string
}

/** The cloud as a page configures it; null switches sync off. */
export type CloudSettings = {
  /** Absolute URL of the API's base, for example `https://example.com/api/v1/chat`. */
  readonly url: string
  /** `cookies` (same origin or CORS with credentials) or `token`: asked from a live page. */
  readonly credentials: 'cookies' | 'token'
  /** A server that has only the requirement's four endpoints. Absent: chatkeep's own protocol. */
  readonly dialect?: 'plain'
} | null

/** What a page can ask the host, whatever the database. */
export interface HostService {
  hello(query: Record<string, never>): Promise<Hello>
  /** The current session; the first call of a page. Creates the first anonymous database. */
  openSession(query: { readonly baseName: string }): Promise<Session>
  configureCloud(query: { readonly baseName: string; readonly cloud: CloudSettings }): Promise<void>
  /**
   * After the page signed in at the cloud: opens the account's database, adopting the anonymous one as `protocol.md` 4.9 says. `askedAt`: when
   * the person did so, in milliseconds by the clock of this device. Who signed out after that, in another tab, is not signed in
   * again by a call that comes late: it is answered with the session as it is.
   */
  signedIn(query: {
    readonly baseName: string
    readonly accountId: string
    readonly adopt?: boolean
    readonly askedAt?: number
  }): Promise<Session>
  /**
   * After the page signed out: closes the account's database and opens a new anonymous one. Its data is kept, unsent changes too, unless
   * `remove` says to delete all of it from this device.
   */
  signedOut(query: { readonly baseName: string; readonly remove?: boolean }): Promise<Session>
  /** Deletes every database of this name, the end of `unregister({ keepData: false })`; or only the one that has moved away. */
  removeEverything(query: { readonly baseName: string; readonly only?: string }): Promise<void>
}

/** Methods of `HostService` by name: the other half of the worker's allow-list. */
export const HOST_METHODS = [
  'hello',
  'openSession',
  'configureCloud',
  'signedIn',
  'signedOut',
  'removeEverything',
] as const satisfies readonly (keyof HostService)[]
