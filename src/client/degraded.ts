import type { ErrorCode } from '../domain/errors.ts'
import type { ClientStatus } from './api.ts'
import type { Failure } from './ladder.ts'

const REMEDIES: Partial<Record<ErrorCode, string>> = {
  'worker/foreign':
    'Another service worker owns this scope: call installChatkeep(self) from `chatkeep/sw` in it.',
  'worker/not-a-script':
    'The server answers the worker URL with a page: serve sw.js itself, outside the fallback to index.html (docs/bundlers.md).',
  'worker/unavailable':
    'Serve sw.js at the worker URL over https, and allow it in the content security policy (worker-src); a sandboxed frame or an old browser has no workers. Data is kept without one.',
  'rpc/unreachable': 'Nothing to do: the engine runs in this page, and the worker is tried again later.',
  'rpc/timeout': 'Nothing to do: the engine runs in this page, and the worker is tried again later.',
  'storage/unavailable': 'Allow cookies and site data for this site, or leave the private window.',
  'storage/quota':
    'Free some space: the disk, or what this site may store, is full. Until then nothing outlives this page.',
  'storage/blocked': 'Close other tabs of this site, or reload them.',
  internal: 'Reload the page. If it stays so, report the code and the message.',
}

/** For a `worker/unavailable` whose reason is known, by its `details.reason`. */
const WORKER_REMEDIES: Readonly<Record<string, string>> = {
  blocked:
    'Allow service workers in the tool that blocks them (Playwright: `serviceWorkers: "allow"`). Data is kept without one.',
  'switched-off': 'Nothing to do, or call `register` without `worker: false`. Data is kept without a worker.',
  'no-page': 'Nothing to do: the page keeps chats once it runs in a browser.',
}

/** Why a client is not on the best rung: the failure of the rung above its own, with what to do and all that was tried. */
export function degradedOf(failures: readonly Failure[]): ClientStatus['degraded'] {
  const nearest = failures.at(-1)
  if (nearest === undefined) return null
  const tried = failures.map(({ rung, error: { code, message } }) => ({ rung, code, message }))
  const { error } = nearest
  const known =
    error.code === 'worker/unavailable' ? WORKER_REMEDIES[String(error.details.reason)] : undefined
  const remedy = known ?? REMEDIES[error.code] ?? REMEDIES.internal ?? ''
  return { ...error, details: { ...error.details, tried }, remedy }
}
