import type { Capabilities } from './api.ts'
import type { Environment } from './environment.ts'
import type { Landing } from './ladder.ts'
import { within } from './within.ts'

const ANSWER_LIMIT_MS = 1_000

/** What this browser offers, as far as it was tried: the rung that was reached proves its store. */
export async function capabilitiesOf(environment: Environment, landing: Landing): Promise<Capabilities> {
  const { rung } = landing.engine
  const onWorker = rung === 'worker+indexeddb'
  return {
    serviceWorker: onWorker || has('serviceWorker'),
    indexedDB: onWorker || rung === 'page+indexeddb',
    localStorage: environment.localStorage !== null,
    webLocks: await hasWorkingLocks(environment),
    broadcastChannel: environment.events.acrossContexts,
    backgroundSync: onWorker && 'SyncManager' in globalThis,
    persisted: await persisted(environment),
  }
}

async function persisted({ clock }: Environment): Promise<boolean | undefined> {
  try {
    const answer = navigator.storage?.persisted?.()
    return answer && (await within(clock, ANSWER_LIMIT_MS, answer, () => new Error('Nobody answered.')))
  } catch {
    return undefined // It does not say.
  }
}

/** By doing: with blocked cookies the interface is there and each request is refused. */
async function hasWorkingLocks({ clock }: Environment): Promise<boolean> {
  try {
    const request = navigator.locks.request('chatkeep:probe', { mode: 'shared' }, () => true)
    return await within(clock, ANSWER_LIMIT_MS, request, () => new Error('Nobody answered.'))
  } catch {
    return false // Then locks hold within this page only.
  }
}

function has(property: string): boolean {
  try {
    return (navigator as unknown as Record<string, unknown>)[property] !== undefined
  } catch {
    return false // A sandboxed frame throws at the look.
  }
}
