import { ChatkeepError } from '../domain/errors.ts'
import type { CloudSettings } from '../domain/host-service.ts'
import type { Clock } from '../ports/clock.ts'
import type { Network, NetworkResponse } from '../ports/network.ts'

export const MAX_ANSWER_BYTES = 32 * 1024 * 1024
/** Without an answer after this the network counts as gone; plus time for what is sent at `SLOW_BYTES_PER_MS`. */
const ANSWER_TIMEOUT_MS = 30_000
const SLOW_BYTES_PER_MS = 64
/** A token is asked for again after this, or after a 401. */
const TOKEN_FRESH_MS = 30_000

export type FetchNetworkOptions = {
  readonly cloud: NonNullable<CloudSettings>
  readonly clock: Clock
  /** Asks for a bearer token where the credentials are a token. Null: nobody can give one now. */
  readonly getToken: () => Promise<string | null>
  readonly fetch?: typeof fetch
}

/** Requests over fetch, with the session's cookies or a bearer token. See the port for what it promises. */
export function createFetchNetwork(options: FetchNetworkOptions): Network {
  const { cloud, clock } = options
  const send = options.fetch ?? ((input, init) => fetch(input, init))
  const byToken = cloud.credentials === 'token'
  let token: { readonly text: Promise<string | null>; readonly askedAt: number } | undefined

  async function bearer(): Promise<Record<string, string>> {
    if (!byToken) return {}
    if (token === undefined || Math.abs(clock.now() - token.askedAt) > TOKEN_FRESH_MS) {
      token = { text: options.getToken().catch(() => null), askedAt: clock.now() }
    }
    const text = await token.text
    if (text !== null && text !== '') return { authorization: `Bearer ${text}` }
    token = undefined
    throw new ChatkeepError(
      'sync/auth-required',
      'No open page could give a token. Changes stay queued; open the app.',
      {
        retryable: true,
        details: { waitingForPage: true },
      },
    )
  }

  return {
    async request({ method, path, headers, body, signal }) {
      const authorization = await bearer()
      const controller = new AbortController()
      const stop = () => controller.abort(signal?.reason)
      signal?.addEventListener('abort', stop, { once: true })
      if (signal?.aborted === true) stop()
      const timeoutMs = ANSWER_TIMEOUT_MS + (body?.length ?? 0) / SLOW_BYTES_PER_MS
      const cancelTimer = clock.setTimer(() => controller.abort(), timeoutMs)
      try {
        const response = await send(cloud.url.replace(/\/$/, '') + path, {
          method,
          headers: mergedHeaders(
            { accept: 'application/json' },
            body === undefined ? {} : { 'content-type': 'application/json' },
            headers,
            authorization,
          ),
          ...(body === undefined ? {} : { body }),
          credentials: byToken ? 'omit' : 'include',
          cache: 'no-store',
          // The API never redirects; a captive portal does, and following it would take its page for an answer.
          redirect: 'error',
          signal: controller.signal,
        })
        if (response.status === 401) token = undefined
        return {
          status: response.status,
          headers: Object.fromEntries(response.headers),
          body: await readBounded(response),
        } satisfies NetworkResponse
      } catch (cause) {
        controller.abort()
        throw cause instanceof ChatkeepError ? cause : offline(cause)
      } finally {
        cancelTimer()
        signal?.removeEventListener('abort', stop)
      }
    },
  }
}

/** The last one wins, whatever its case: a plain object with `content-type` and `Content-Type` would send both. */
function mergedHeaders(...sources: readonly (Readonly<Record<string, string>> | undefined)[]): Headers {
  const merged = new Headers()
  for (const source of sources) {
    for (const [name, value] of Object.entries(source ?? {})) merged.set(name, value)
  }
  return merged
}

/** The body's text, read no further than the limit. */
async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  const texts: string[] = []
  let bytes = 0
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    bytes += chunk.value.byteLength
    if (bytes > MAX_ANSWER_BYTES) {
      throw new ChatkeepError(
        'sync/bad-answer',
        'The cloud sent more than 32 MB in one answer. It was not read.',
      )
    }
    texts.push(decoder.decode(chunk.value, { stream: true }))
  }
  return texts.join('') + decoder.decode()
}

function offline(cause: unknown): ChatkeepError {
  return new ChatkeepError(
    'sync/offline',
    'The cloud could not be reached. Changes are saved here and stay queued.',
    {
      retryable: true,
      cause,
    },
  )
}
