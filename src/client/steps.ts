import { ChatkeepError } from '../domain/errors.ts'
import type { Rung } from './api.ts'
import type { HoldingEngine } from './carry-over.ts'
import type { Environment } from './environment.ts'
import { createHoldingCaller } from './holding-caller.ts'
import type { Engine, Step } from './ladder.ts'
import type { PageStore } from './page-engine.ts'

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
    { rung: 'memory', start: startHolding },
  ]

  async function startInPage(rung: Rung, store: PageStore): Promise<Engine> {
    const { createPageHost } = await import('./page-engine.ts')
    const host = createPageHost(store, { ...environment, getToken })
    return { rung, caller: host, close: () => host.close() }
  }

  async function startHolding(): Promise<HoldingEngine> {
    const caller = createHoldingCaller(environment.clock.now, noEngine)
    return { rung: 'memory', caller, held: caller.held, close: async () => {} }
  }
}

function noEngine(): ChatkeepError {
  const text =
    'The engine could not be loaded yet, so this cannot be done. Go online or reload, then repeat it.'
  return new ChatkeepError('storage/unavailable', text, { retryable: true })
}
