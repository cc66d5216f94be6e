import type { NetworkResponse } from '../../ports/network.ts'

/**
 * Milliseconds that a `Retry-After` asks for: seconds or an HTTP date; null when there is none or it cannot be read. A date is
 * compared with the server's own `Date`, because our clock may be wrong.
 */
export function retryAfterMs(headers: NetworkResponse['headers'], now: number): number | null {
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return null
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000
  const until = Date.parse(text)
  if (Number.isNaN(until)) return null
  const serverNow = Date.parse(headers.date ?? '')
  return Math.max(0, until - (Number.isNaN(serverNow) ? now : serverNow))
}
