import { ChatkeepError, errorToRecord } from '../domain/errors.ts'
import type { CloudSettings } from '../domain/service.ts'
import type { ChatkeepClient, RegisterOptions } from './api.ts'
import { capabilitiesOf } from './capabilities.ts'
import { carryOverLeftBehind } from './carry-over.ts'
import { createClient } from './client.ts'
import { type Core, createCore } from './core.ts'
import { createEnvironment, type Environment, isPage } from './environment.ts'
import { type Engine, land, type Step } from './ladder.ts'
import { importLegacy } from './legacy-import.ts'
import { startWorker, type WorkerOptions } from './register/worker-rung.ts'
import { createUpdates, disarm } from './register/worker-updates.ts'
import { createSteps } from './steps.ts'

/** Filled in by the Vite plugin, with the app's base. */
declare const __CHATKEEP_WORKER_URL__: string

const DEFAULT_WORKER_URL = '/sw.js'
const DEFAULT_DATABASE = 'leanspec-chat-v1'
const DEFAULT_PROJECT = 'default'

const clientsByKey = new Map<string, Promise<ChatkeepClient>>()

/**
 * The client of this page. Never throws and never hangs: it resolves on every browser, and under server rendering, to a client
 * that works; `status` says on which rung it stands and why. Calling it again with the same options answers the same client.
 */
export function register(options: RegisterOptions = {}): Promise<ChatkeepClient> {
  if (!isPage()) return start(options, () => {})
  const { database, projectId, cloud, worker } = options
  const key = JSON.stringify([database, projectId, cloud?.url, worker])
  let client = clientsByKey.get(key)
  if (client === undefined) {
    client = start(options, () => void clientsByKey.delete(key))
    clientsByKey.set(key, client)
  }
  return client
}

async function start(options: RegisterOptions, onClosed: () => void): Promise<ChatkeepClient> {
  const { database: baseName = DEFAULT_DATABASE, projectId = DEFAULT_PROJECT } = options
  const environment = createEnvironment()
  const getToken = async () => (await options.cloud?.getToken?.()) ?? null
  const steps = stepsFor(options, environment, getToken)
  const landing = await land(steps, baseName, environment.clock)
  const cloud = cloudSettings(options)
  const updates = createUpdates(environment.clock)
  const core: Core = createCore({
    environment,
    baseName,
    projectId,
    options,
    steps,
    landing,
    onEngine: (engine) => void settleOn(engine),
    onSession: () => {},
  })
  core.onClose.push(onClosed, updates.stop)
  const client = createClient(core, {
    capabilities: await capabilitiesOf(environment, landing),
    applyUpdate: updates.apply,
    async unregister({ keepData }) {
      if (!keepData) await core.connection.callHost('removeEverything', { baseName })
      await disarm(core.connection.current().engine)
      await core.close()
    },
  })
  await settleOn(landing.engine)
  if (isPage()) await carryOverLeftBehind(landing, environment, baseName, steps).catch(() => {}) // Stays there.
  if (isPage() && options.migrateLegacy !== false) await importLegacy(core)
  await core.readStatus()
  void core.wakeUps.run('start')
  return client

  async function settleOn(engine: Engine): Promise<void> {
    updates.follow(engine, cloud?.url, getToken, () => core.status.set({ updateReady: true }))
    try {
      if (isPage()) await core.connection.callHost('configureCloud', { baseName, cloud })
    } catch (error) {
      const lastError = { ...errorToRecord(error), remedy: 'Reload the page.', at: environment.clock.now() }
      core.status.set({ sync: { ...core.status.get().sync, lastError } })
    }
  }
}

function stepsFor(
  options: RegisterOptions,
  environment: Environment,
  getToken: () => Promise<string | null>,
): readonly Step[] {
  const { worker = {} } = options
  const workerOptions: WorkerOptions = { url: defaultWorkerUrl(), ...(worker === false ? {} : worker) }
  const startWorkerHere = async (): Promise<Engine> => {
    if (!isPage()) throw noWorker('There is no page here: nothing is kept while rendering on a server.')
    if (worker === false) throw noWorker('The worker was switched off by the option `worker: false`.')
    return startWorker(workerOptions, environment.clock)
  }
  const steps = createSteps(environment, startWorkerHere, getToken)
  return isPage() ? steps : steps.filter(({ rung }) => rung === 'worker+indexeddb' || rung === 'memory')
}

function defaultWorkerUrl(): string {
  return typeof __CHATKEEP_WORKER_URL__ === 'string' ? __CHATKEEP_WORKER_URL__ : DEFAULT_WORKER_URL
}

function cloudSettings({ cloud }: RegisterOptions): CloudSettings {
  if (cloud === undefined || !isPage()) return null
  return {
    url: new URL(cloud.url, document.baseURI).href.replace(/\/$/, ''),
    credentials: cloud.getToken === undefined ? 'cookies' : 'token',
  }
}

const noWorker = (text: string) => new ChatkeepError('worker/unavailable', text)
