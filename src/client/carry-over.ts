import { createBrowserLocks } from '../browser/locks.ts'
import type { Session } from '../domain/host-service.ts'
import type { Environment } from './environment.ts'
import type { Landing, Step } from './ladder.ts'

/**
 * Takes what a lesser engine of this page holds over to a better one, and closes the lesser. Engines on IndexedDB share their
 * database: nothing has to move between those. `onCopied` is called once, whatever happens, when the page may go over: what it
 * has shown is there then.
 */
export async function carryOver(
  lesser: Landing,
  better: Landing,
  environment: Environment,
  baseName: string,
  onCopied: () => void,
): Promise<void> {
  const { engine } = lesser
  let isOver = false
  const goOver = () => {
    if (!isOver) onCopied()
    isOver = true
  }
  const { caller } = better.engine
  try {
    if (engine.rung === 'memory' || engine.rung === 'page+local-storage') {
      const { moveUp } = await import('./move-up.ts')
      const from = { caller: engine.caller, session: lesser.session }
      await moveUp(
        from,
        { caller, session: better.session },
        { locks: createBrowserLocks(), random: environment.random, baseName, onCopied: goOver },
      )
    }
  } finally {
    goOver()
  }
  await engine.close()
}

/**
 * Moves what earlier visits left in localStorage, when there is something, to the better engine of today. What cannot move
 * stays and is tried again at the next start.
 */
export async function carryOverLeftBehind(
  landing: Landing,
  environment: Environment,
  baseName: string,
  steps: readonly Step[],
): Promise<void> {
  const { rung } = landing.engine
  if (rung !== 'worker+indexeddb' && rung !== 'page+indexeddb') return
  const prefix = `chatkeep/${encodeURIComponent(baseName)}`
  if (!Object.keys(environment.localStorage ?? {}).some((key) => key.startsWith(prefix))) return
  const step = steps.find((one) => one.rung === 'page+local-storage')
  if (step === undefined) return
  const engine = await step.start()
  const session = await engine.caller.call({ database: null, method: 'openSession', argument: { baseName } })
  await carryOver(
    { step, engine, session: session as Session, degraded: null },
    landing,
    environment,
    baseName,
    () => {},
  )
}
