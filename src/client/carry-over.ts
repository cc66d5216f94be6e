import { createBrowserLocks } from '../browser/locks.ts'
import { ChatkeepError } from '../domain/errors.ts'
import type { Session } from '../domain/host-service.ts'
import type { Caller } from '../rpc/protocol.ts'
import type { Environment } from './environment.ts'
import type { Landing, Step } from './ladder.ts'

/**
 * Takes what a lesser engine of this page holds over to a better one, and closes the lesser. Engines on IndexedDB share their
 * database: nothing has to move between those. `onCopied` is called once, when the page may go over: what it has shown is there
 * then. Rejects before that, with the lesser engine still open, when something could not be copied: the page stays on it.
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
    const isLesser = engine.rung === 'memory' || engine.rung === 'page+local-storage'
    if (isLesser && engine.isProvisional !== true) {
      const { moveUp } = await import('./move-up.ts')
      const from = { caller: engine.caller, session: lesser.session }
      await moveUp(
        from,
        { caller, session: better.session },
        { locks: createBrowserLocks(), random: environment.random, baseName, onCopied: goOver },
      )
    }
    goOver()
  } catch (error) {
    if (!isOver) throw error
    // All of it is above; what could not be deleted below is compared again at the next start.
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
  const { accountId } = landing.session
  if (rung !== 'worker+indexeddb' && rung !== 'page+indexeddb') return
  const left = databasesIn(environment.localStorage, baseName)
  const account = `${baseName}:account-`
  const isOurs = (name: string) =>
    accountId === null ? !name.startsWith(account) : name === account + accountId
  if (!left.some(isOurs)) return
  const step = steps.find((one) => one.rung === 'page+local-storage')
  if (step === undefined) return
  const engine = await step.start()
  try {
    const session = await sessionOf(engine.caller, accountId, baseName)
    await carryOver({ step, engine, session, degraded: null }, landing, environment, baseName, () => {})
  } finally {
    await engine.close()
  }
}

/** Names of the databases of one base name that are in localStorage, but for the registry. */
function databasesIn(storage: Storage | null, baseName: string): readonly string[] {
  const names = new Set<string>()
  for (const key of Object.keys(storage ?? {})) {
    const [root, name = ''] = key.split('/')
    if (root === 'chatkeep') names.add(decodeURIComponent(name))
  }
  const isOfBase = (name: string) => name === baseName || name.startsWith(`${baseName}:`)
  return [...names].filter((name) => isOfBase(name) && name !== `${baseName}:registry`)
}

/** The session of that account, or of nobody, on an engine that had another one last. */
async function sessionOf(caller: Caller, accountId: string | null, baseName: string): Promise<Session> {
  const ask = (method: string, argument: object) =>
    caller.call({ database: null, method, argument: { baseName, ...argument } }) as Promise<Session>
  if (accountId !== null) return ask('signedIn', { accountId, adopt: false })
  const session = await ask('openSession', {})
  return session.accountId === null ? session : ask('signedOut', {})
}

/**
 * Tells a better engine whose page comes to it, as the app told the lesser one. Rejects when what nobody's session wrote in
 * memory would be left behind: the account that the better engine shows must not take it unasked.
 */
export async function withAccountOf(lesser: Landing, better: Landing, baseName: string): Promise<Landing> {
  const { accountId } = lesser.session
  if (lesser.engine.isProvisional || accountId === better.session.accountId) return better
  if (accountId !== null) {
    const argument = { baseName, accountId }
    const session = await better.engine.caller.call({ database: null, method: 'signedIn', argument })
    return { ...better, session: session as Session }
  }
  if (lesser.isLeft === true)
    return { ...better, session: await sessionOf(better.engine.caller, null, baseName) }
  const { caller, rung } = lesser.engine
  const { database } = lesser.session
  const { conversations } = (await caller.call({ database, method: 'readOperations', argument: {} })) as {
    conversations: readonly unknown[]
  }
  if (rung !== 'memory' || conversations.length === 0) return better
  throw new ChatkeepError('account/not-offered', 'What is in memory belongs to nobody who is signed in.')
}
