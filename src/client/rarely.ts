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

export async function unregister(core: Core, { keepData }: { readonly keepData: boolean }): Promise<void> {
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

async function disarm(registration: ServiceWorkerRegistration): Promise<void> {
  const isOurs = (name: string) => name.startsWith('chatkeep-') && name.endsWith(registration.scope)
  for (const name of await caches.keys()) if (isOurs(name)) await caches.delete(name)
  await registration.unregister()
}
