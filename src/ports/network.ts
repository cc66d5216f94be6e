export type NetworkRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query below the cloud's base URL, beginning with `/`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body?: string
  readonly signal?: AbortSignal
}

export type NetworkResponse = {
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Carries requests to the cloud with the credentials of the session. Resolves with every HTTP answer, whatever its status;
 * rejects with `sync/offline` (retryable) when no answer came, and with `sync/auth-required` when credentials can only be had
 * from a live page and there is none. Answers larger than 32 MB are refused with `sync/bad-answer`.
 */
export interface Network {
  request(request: NetworkRequest): Promise<NetworkResponse>
}
