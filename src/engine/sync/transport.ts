import type * as v from 'valibot'
import { ACCOUNT_HEADER, accountToHeader } from '../../domain/account-header.ts'
import { ChatkeepError } from '../../domain/errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Network, NetworkRequest, NetworkResponse } from '../../ports/network.ts'
import { classifyException, classifyResponse, type Outcome } from './classify.ts'

/** An answer may take this long; a browser ends a worker's event after five minutes. */
export const REQUEST_TIMEOUT_MS = 60_000
/** A large body gets the time that a slow uplink needs for it. */
const SLOWEST_UPLOAD_BYTES_PER_MS = 16
const MAX_UPLOAD_EXTRA_MS = 150_000

export type Transport = {
  /** The cloud's `Date` in its last answer, and the local time then; null before one that had it. */
  cloudTime(): { readonly cloudMs: number; readonly localMs: number } | null
  /** Sends one request; whatever happens comes back as an outcome. It never rejects and never waits for ever. */
  send<Schema extends v.GenericSchema>(
    request: Omit<NetworkRequest, 'signal'>,
    schema: Schema,
  ): Promise<Outcome<v.InferOutput<Schema>>>
  /** Asks for something of which this state is known here; any state will do where `etag` is null. */
  getUnlessKnown<Schema extends v.GenericSchema>(
    path: string,
    etag: string | null,
    schema: Schema,
  ): Promise<Outcome<v.InferOutput<Schema>> | { readonly kind: 'unchanged' }>
}

/** The way to the cloud for one account: every request says whose database asks. */
export function createTransport(options: {
  readonly network: Network | null
  readonly clock: Clock
  readonly accountId: string
}): Transport {
  const { network, clock, accountId } = options

  let heard: ReturnType<Transport['cloudTime']> = null

  function hear(date: string | undefined): void {
    const cloudMs = date === undefined ? Number.NaN : Date.parse(date)
    if (Number.isFinite(cloudMs)) heard = { cloudMs, localMs: clock.now() }
  }

  async function answerTo(
    request: Omit<NetworkRequest, 'signal'>,
  ): Promise<NetworkResponse | ReturnType<typeof classifyException>> {
    try {
      const response = await withDeadline(request)
      hear(response.headers.date)
      return response
    } catch (error) {
      return classifyException(error)
    }
  }

  return {
    cloudTime: () => heard,
    async send(request, schema) {
      const response = await answerTo(request)
      return 'kind' in response ? response : classifyResponse(response, schema, clock.now())
    },
    async getUnlessKnown(path, etag, schema) {
      const headers: Record<string, string> = etag === null ? {} : { 'If-None-Match': etag }
      const response = await answerTo({ method: 'GET', path, headers })
      if ('kind' in response) return response
      if (etag !== null && response.status === 304) return { kind: 'unchanged' }
      return classifyResponse(response, schema, clock.now())
    },
  }

  async function withDeadline(request: Omit<NetworkRequest, 'signal'>): Promise<NetworkResponse> {
    if (network === null)
      throw new ChatkeepError('sync/offline', 'No cloud is configured.', { retryable: true })
    const timeoutMs =
      REQUEST_TIMEOUT_MS +
      Math.min(MAX_UPLOAD_EXTRA_MS, (request.body?.length ?? 0) / SLOWEST_UPLOAD_BYTES_PER_MS)
    const controller = new AbortController()
    let cancelTimer = () => {}
    const deadline = new Promise<never>((_, reject) => {
      cancelTimer = clock.setTimer(() => {
        reject(new ChatkeepError('sync/offline', 'The cloud did not answer in time.', { retryable: true }))
        controller.abort()
      }, timeoutMs)
    })
    const headers: Record<string, string> = {
      Accept: 'application/json',
      [ACCOUNT_HEADER]: accountToHeader(accountId),
      ...request.headers,
    }
    if (request.body !== undefined) headers['Content-Type'] = 'application/json'
    try {
      return await Promise.race([
        network.request({ ...request, headers, signal: controller.signal }),
        deadline,
      ])
    } finally {
      cancelTimer()
    }
  }
}
