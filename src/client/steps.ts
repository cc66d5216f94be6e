import { ChatkeepError } from '../domain/errors.ts'
import type { Rung } from './api.ts'
import type { Environment } from './environment.ts'
import type { Engine, Step } from './ladder.ts'
import type { PageStore } from './page-engine.ts'
import { createRetryingCaller } from './retrying-caller.ts'

const PAGE_RUNGS: readonly (readonly [Rung, PageStore])[] = [
  ['page+indexeddb', 'indexeddb'],
  ['page+local-storage', 'local-storage'],
  ['memory', 'memory'],
]

/** Every rung that this page may stand on, best first. The last one cannot fail: it needs nothing but this bundle. */
export function createSteps(
  environment: Environment,
  startWorker: () => Promise<Engine>,
  getToken: () => Promise<string | null>,
): readonly Step[] {
  const pageSteps = PAGE_RUNGS.map(([rung, store]): Step => ({ rung, start: () => startInPage(rung, store) }))
  return [
    { rung: 'worker+indexeddb', start: startWorker },
    ...pageSteps,
    { rung: 'memory', start: startRetrying },
  ]

  async function startInPage(rung: Rung, store: PageStore): Promise<Engine> {
    const host = await load(store)
    return { rung, caller: host, close: () => host.close() }
  }

  async function startRetrying(): Promise<Engine> {
    const caller = createRetryingCaller(loadModule)
    return { rung: 'memory', caller, isProvisional: true, close: async () => {} }
  }

  async function load(store: PageStore) {
    const { createPageHost } = await loadModule()
    return createPageHost(store, { ...environment, getToken })
  }
}

const loadModule = () => import('./page-engine.ts').catch(notLoaded)

function notLoaded(cause: unknown): never {
  throw new ChatkeepError(
    'storage/unavailable',
    'The engine could not be loaded. Nothing was saved; go online or reload, then repeat it.',
    { retryable: true, cause },
  )
}
