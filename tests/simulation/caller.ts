import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Session } from '../../src/domain/host-service.ts'
import type { Browser, Process, Scene } from './browser.ts'
import { namesCloudAt } from './unaware.ts'

export const BASE_NAME = 'chats'
const CLOUD = { url: 'https://cloud.test/api/v1/chat', credentials: 'cookies' } as const
/** A page gives a call this long before it asks again. */
const DEADLINE_MS = 10_000
const MOST_TRIES = 4

/** A page's way to its engine, and whose session it found there. */
export type Caller = {
  session(): Session | undefined
  become(session: Session): void
  /** One try. Undefined: no answer came. */
  attempt(
    database: string | null,
    method: string,
    argument: unknown,
  ): Promise<{ readonly value: unknown } | { readonly error: unknown } | undefined>
  /** The answer, and the database that was named when it was asked for: whose session it is may have changed since. */
  ask(
    database: () => string | null,
    method: string,
    argument: unknown,
  ): Promise<{ readonly value: unknown; readonly named: string | null } | undefined>
  /** Asks whose session it is. */
  enter(): Promise<void>
  /** The page is gone, and with it the engine that it ran itself. */
  end(): void
}

export function createCaller(
  scene: Scene,
  browser: Browser,
  page: {
    readonly name: string
    readonly ownHost?: boolean
    readonly build?: string
    readonly after: (delayMs: number, act: () => void) => () => void
    readonly isOpen: () => boolean
  },
): Caller {
  const { world } = scene
  const { name, ownHost, build, after, isOpen } = page
  let session: Session | undefined
  let own: Process | undefined

  function server(): Process {
    if (ownHost === true) {
      if (own?.isAlive() !== true) own = start('page')
      return own
    }
    for (const process of browser.processes) if (process.name.includes('.worker')) return process
    return start('worker')
  }

  function start(kind: string): Process {
    const started = browser.start(kind, build)
    if (scene.weather.workerDies > 0 && world.hasFaults) {
      const dice = world.dice(`${started.name} death`)
      if (dice.chance(scene.weather.workerDies)) started.dieAfter(dice.between(1, 300))
    }
    const cloud = scene.weather.plain === null ? CLOUD : ({ ...CLOUD, dialect: 'plain' } as const)
    const nameCloud = () =>
      void started.host
        .call({ database: null, method: 'configureCloud', argument: { baseName: BASE_NAME, cloud } })
        .catch(() => {})
    const wait = namesCloudAt(scene, browser) - world.now()
    if (wait > 0) world.after(wait, nameCloud)
    else nameCloud()
    return started
  }

  const attempt: Caller['attempt'] = (database, method, argument) => {
    return new Promise((resolve) => {
      const process = server()
      const cancel = after(DEADLINE_MS, () => resolve(undefined))
      const answer = (result: { readonly value: unknown } | { readonly error: unknown }) => {
        if (!isOpen() || !process.isAlive()) return
        cancel()
        resolve(result)
      }
      process.host.call({ database, method, argument }).then(
        (value) => answer({ value }),
        (error: unknown) => answer({ error }),
      )
    })
  }

  const ask: Caller['ask'] = async (database, method, argument) => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const named = database()
      const answered = await attempt(named, method, argument)
      if (answered === undefined) continue
      if ('value' in answered) return { value: answered.value, named }
      const { error } = answered
      if (!(error instanceof ChatkeepError) || error.code === 'internal') {
        world.fail(
          'no unexpected error',
          `${name} ${method}: ${error instanceof Error ? error.stack : String(error)}`,
        )
        return undefined
      }
      world.note(() => `${name} ${method} refused: ${error.code}`)
      if (error.code.startsWith('account/') && method !== 'openSession') await enter()
      else if (!error.code.startsWith('storage/')) return undefined
    }
    return undefined
  }

  async function enter(): Promise<void> {
    const entered = await ask(() => null, 'openSession', { baseName: BASE_NAME })
    if (entered !== undefined) session = entered.value as Session
  }

  return {
    session: () => session,
    become(entered) {
      session = entered
    },
    attempt,
    ask,
    enter,
    end: () => own?.kill(),
  }
}
