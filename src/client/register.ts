import { ChatkeepError } from '../domain/errors.ts'
import type { CloudSettings } from '../domain/host-service.ts'
import type { ChatkeepClient, RegisterOptions } from './api.ts'
import { type ClientExtras, createClient } from './client.ts'
import { createCore } from './core.ts'
import { createEnvironment, type Environment, isPage } from './environment.ts'
import { type Engine, land, type Step } from './ladder.ts'
import { unavailable } from './register/unavailable.ts'
import { startWorker } from './register/worker-rung.ts'
import { createSteps } from './steps.ts'

const loadAftercare = () => import('./aftercare.ts')

/** Filled in by the Vite plugin, with the app's base. */
declare const __CHATKEEP_WORKER_URL__: string

const DEFAULT_WORKER_URL = '/sw.js'
const DEFAULT_DATABASE = 'leanspec-chat-v1'
const DEFAULT_PROJECT = 'default'

const NO_EXTRAS: ClientExtras = {
  capabilities: {
    serviceWorker: false,
    indexedDB: false,
    localStorage: false,
    webLocks: false,
    broadcastChannel: false,
    backgroundSync: false,
    persisted: undefined,
  },
  applyUpdate: async () => {},
}

const clientsByKey = new Map<string, Promise<ChatkeepClient>>()

/**
 * The client of this page. Never throws and never hangs: it resolves on every browser, and under server rendering, to a client
 * that works; `status` says on which rung it stands and why, and `status.sync` when the cloud's URL cannot be read. Calling it again with
 * the same options answers the same client.
 */
export function register(options: RegisterOptions = {}): Promise<ChatkeepClient> {
  if (!isPage()) return start(options, () => {})
  const { database, projectId, cloud, worker } = options
  const key = JSON.stringify([database, projectId, cloud?.url, cloud?.dialect, worker])
  const client = clientsByKey.get(key) ?? start(options, () => void clientsByKey.delete(key))
  clientsByKey.set(key, client)
  return client
}

async function start(options: RegisterOptions, onClosed: () => void): Promise<ChatkeepClient> {
  const { database: baseName = DEFAULT_DATABASE, projectId = DEFAULT_PROJECT } = options
  const environment = createEnvironment()
  const getToken = async () => {
    try {
      return (await options.cloud?.getToken?.()) ?? null
    } catch (error) {
      console.error(error) // The app's own; to the queue it is a page without a token.
      return null
    }
  }
  const steps = stepsFor(options, environment, getToken)
  const loading = isPage() ? loadAftercare() : undefined
  loading?.catch(() => {}) // Told below, when it is needed.
  const landing = await land(steps, baseName, environment.clock)
  let cloud: CloudSettings = null
  const core = createCore({ environment, baseName, projectId, options, steps, landing, configure })
  let isClosed = false
  core.onClose.push(onClosed, () => {
    isClosed = true
  })
  await configure()
  const client = createClient(core, NO_EXTRAS)
  await startAftercare(loading)
  await core.readStatus()
  return client

  /** Tells the engine at hand which cloud to use. Of one that cannot be read it hears nothing: what is queued for an earlier one stays. */
  async function configure(): Promise<void> {
    if (!isPage()) return
    try {
      cloud = cloudSettings(options)
      await core.connection.callHost('configureCloud', { baseName, cloud })
      core.setFault()
    } catch (error) {
      core.setFault(error)
    }
  }

  async function startAftercare(part: typeof loading): Promise<void> {
    try {
      const loaded = await part
      if (!isClosed) Object.assign(client, await loaded?.startAftercare(core, { cloud, getToken }))
    } catch (error) {
      console.error('chatkeep: a part could not be loaded yet. Chats are kept.', error)
      startWhenBack()
    }
  }

  /** Until then nothing is uploaded from this page. */
  function startWhenBack(): void {
    const stop = environment.pageEvents.listen((event) => {
      if (event !== 'online' && event !== 'visible') return
      stop()
      void startAftercare(loadAftercare())
    })
    core.onClose.push(stop)
  }
}

function stepsFor(
  options: RegisterOptions,
  environment: Environment,
  getToken: () => Promise<string | null>,
): readonly Step[] {
  const { worker = {} } = options
  const startWorkerHere = async (): Promise<Engine> => {
    if (!isPage())
      throw unavailable('There is no page here: nothing is kept while rendering on a server.', undefined, {
        reason: 'no-page',
      })
    if (worker === false)
      throw unavailable('The worker was switched off by the option `worker: false`.', undefined, {
        reason: 'switched-off',
      })
    return startWorker({ url: defaultWorkerUrl(), ...worker }, environment.clock)
  }
  const steps = createSteps(environment, startWorkerHere, getToken)
  return isPage() ? steps : steps.filter(({ rung }) => rung === 'worker+indexeddb' || rung === 'memory')
}

function defaultWorkerUrl(): string {
  return typeof __CHATKEEP_WORKER_URL__ === 'string' ? __CHATKEEP_WORKER_URL__ : DEFAULT_WORKER_URL
}

function cloudSettings({ cloud }: RegisterOptions): CloudSettings {
  if (cloud === undefined) return null
  let url = ''
  try {
    url = new URL(cloud.url, document.baseURI).href.replace(/\/$/, '')
  } catch {
    // Told below.
  }
  if (!url.startsWith('http'))
    throw new ChatkeepError(
      'input/invalid',
      `No cloud can be at ${cloud.url}: this is no http address. Chats are kept here.`,
    )
  return {
    url,
    credentials: cloud.getToken === undefined ? 'cookies' : 'token',
    ...(cloud.dialect === undefined ? {} : { dialect: cloud.dialect }),
  }
}
