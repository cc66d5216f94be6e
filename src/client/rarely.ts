import type { ConflictOutcome, ConflictRecord } from '../domain/conflict.ts'
import { ChatkeepError } from '../domain/errors.ts'
import type { ResolveConflict } from '../domain/service/resolve-conflict.ts'
import type { Core } from './core.ts'
import type { WorkerEngine } from './register/worker-rung.ts'
import { within } from './within.ts'

/** Firefox asks the person about persistence, and its promise waits for the answer. */
const PERSIST_LIMIT_MS = 60_000
const WAKE_LIMIT_MS = 5_000

/** What few pages ever do; loaded when one does. */
export async function requestPersistence({ environment }: Core): Promise<boolean> {
  const asked = navigator.storage?.persist?.() ?? Promise.resolve(false)
  return within(environment.clock, PERSIST_LIMIT_MS, asked, () => new Error('Nobody answered.')).catch(
    () => false,
  )
}

export async function unregister(core: Core, options: { readonly keepData: boolean }): Promise<void> {
  const { keepData } = Object(options) as Partial<typeof options>
  // Deleting everything is never what was left out.
  if (typeof keepData !== 'boolean') {
    throw new ChatkeepError(
      'input/invalid',
      'unregister has to be told whether the conversations stay on this device: `{ keepData: true }` or `{ keepData: false }`. Nothing was done.',
    )
  }
  const { environment, connection, wakeUps, baseName } = core
  const { registration, kind } = connection.current().engine as Partial<WorkerEngine>
  core.stop()
  // A wake-up that is under way would open again what is removed.
  const idle = within(
    environment.clock,
    WAKE_LIMIT_MS,
    Promise.resolve(wakeUps?.idle()),
    () => new Error('It still runs.'),
  )
  await idle.catch(() => {})
  if (!keepData) await connection.callHost('removeEverything', { baseName })
  // The app's own worker stays, whoever registered it.
  if (registration !== undefined && kind !== 'app') await disarm(registration)
  await core.close()
}

/** One after the other; what was settled before one is refused stays settled. */
export async function resolveConflicts(
  records: readonly ConflictRecord[],
  resolve: (command: Omit<ResolveConflict, 'mutationId'>) => Promise<{ readonly outcome: ConflictOutcome }>,
): Promise<readonly ConflictOutcome[]> {
  if (!Array.isArray(records)) {
    throw new ChatkeepError(
      'input/invalid',
      'resolveConflicts takes a list of conflicts, as `conflicts` answers it. Nothing was settled.',
    )
  }
  const outcomes: ConflictOutcome[] = []
  for (const record of records) {
    // May be anything; what is missing the engine refuses by name.
    const { conversationId, register, heads, covers, choice } = Object(record) as ConflictRecord
    const shown = { head: Object(heads?.[0]).id }
    outcomes.push((await resolve({ conversationId, register, covers, choice: choice ?? shown })).outcome)
  }
  return outcomes
}

async function disarm(registration: ServiceWorkerRegistration): Promise<void> {
  const isOurs = (name: string) => name.startsWith('chatkeep-') && name.endsWith(registration.scope)
  for (const name of await caches.keys()) if (isOurs(name)) await caches.delete(name)
  await registration.unregister()
}
