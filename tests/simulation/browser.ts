import { ChatkeepError } from '../../src/domain/errors.ts'
import { createHost, type Host } from '../../src/engine/host.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { ChangeEvent, Events } from '../../src/ports/events.ts'
import type { Network } from '../../src/ports/network.ts'
import type { StorageFactory } from '../../src/ports/storage.ts'
import {
  createMemoryStorage,
  type MemoryHooks,
  type MemorySnapshot,
  type MemoryStorageFactory,
} from '../../src/storage/memory.ts'
import type { Cloud } from './cloud.ts'
import { diceOf } from './dice.ts'
import { delayed, storageFault } from './disk.ts'
import { quickHashing } from './hashing.ts'
import type { Ledger } from './ledger.ts'
import { createLockManager, type LockManager } from './locks.ts'
import { createNetwork, type Traffic } from './network.ts'
import type { Obstacles } from './obstacles.ts'
import { LOW_LIMITS, notePacks } from './packing.ts'
import type { Store } from './store.ts'
import type { Tab } from './tab.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** What every part of one history shares. */
export type Scene = {
  readonly world: World
  readonly weather: Weather
  readonly cloud: Cloud
  readonly ledger: Ledger
  readonly traffic: Traffic
  readonly obstacles: Obstacles
}

/** One context that runs the engine: a worker, or a page that hosts it itself. */
export type Process = {
  readonly name: string
  readonly host: Host
  readonly clock: Clock
  readonly events: Events
  isAlive(): boolean
  /** Gone at once, in the middle of whatever it does. Nothing that it awaits ever comes. */
  kill(): void
  /** It dies at its n-th step from now: a storage request, a commit, what follows a commit, a request to the cloud or its answer. */
  dieAfter(steps: number): void
  /** The storage refuses its n-th request from now. */
  refuseAfter(requests: number): void
  onDeath(act: () => void): void
}

/** One browser profile: its storage, its contexts, its clock, its cookies. */
export type Browser = {
  readonly name: string
  readonly store: Store
  storage: MemoryStorageFactory
  readonly processes: Set<Process>
  /** Tabs that are open. */
  readonly tabs: Set<Tab>
  isOnline: boolean
  /** Milliseconds by which its clock is wrong. */
  clockOffset: number
  cookies: { accountId: string | null }
  start(kind: string, build?: string): Process
  /** Every context dies; `then` replaces what is on the disk. */
  crash(then?: { readonly storage: MemorySnapshot }): void
  takeSnapshot(): MemorySnapshot
  /** Resolves when the context holds the lock, which it does until `end` resolves or it is gone. */
  holdLock(context: object, name: string, end: Promise<void>): Promise<void>
  releaseLocks(context: object): void
}

export function createBrowser(scene: Scene, name: string, store: Store, from?: MemorySnapshot): Browser {
  const { world } = scene
  const processes = new Set<Process>()
  let locks: LockManager = createLockManager()
  const listeners = new Map<object, Set<(event: ChangeEvent) => void>>()

  const browser: Browser = {
    name,
    store,
    storage: createMemoryStorage({}, from),
    processes,
    tabs: new Set(),
    isOnline: true,
    clockOffset: 0,
    cookies: { accountId: null },
    start(kind, build = 'new') {
      const started = startProcess(scene, browser, `${name}.${kind}${world.next()}`, build, {
        locks,
        listeners,
      })
      processes.add(started)
      started.onDeath(() => processes.delete(started))
      return started
    },
    crash(then) {
      for (const process of [...processes]) process.kill()
      locks = createLockManager()
      if (then !== undefined) browser.storage = createMemoryStorage({}, then.storage)
    },
    takeSnapshot: () => browser.storage.snapshot(),
    holdLock: (context, name, end) =>
      new Promise((resolve) => {
        const hold = () => {
          resolve()
          return end
        }
        void locks.forContext(context).hold(name, {}, hold)
      }),
    releaseLocks: (context) => locks.release(context),
  }
  return browser
}

function startProcess(
  scene: Scene,
  browser: Browser,
  name: string,
  build: string,
  shared: {
    readonly locks: LockManager
    readonly listeners: Map<object, Set<(event: ChangeEvent) => void>>
  },
): Process {
  const { world, weather, ledger } = scene
  const dice = diceOf(world.seed, name)
  const deaths: (() => void)[] = []
  const cancels = new Set<() => void>()
  let isAlive = true
  let stepsLeft = Number.POSITIVE_INFINITY
  const isPacking = weather.themes.has('packs')
  let isInPacks = false
  let requestsLeft = Number.POSITIVE_INFINITY

  function refusal(): undefined {
    if (--requestsLeft !== 0) return undefined
    world.fired('transaction-aborted', name)
    throw new ChatkeepError('storage/aborted', 'The storage refused.', { retryable: true })
  }

  function step(): Promise<never> | undefined {
    if (--stepsLeft > 0 || !isAlive) return undefined
    world.fired('worker-killed', name)
    if (isPacking && isInPacks) world.fired('killed-in-packs', name)
    kill()
    return new Promise<never>(() => {})
  }

  function kill(): void {
    if (!isAlive) return
    isAlive = false
    world.note(() => `${name} dies`)
    storage.crash()
    for (const cancel of cancels) cancel()
    shared.listeners.delete(key)
    shared.locks.release(key)
    for (const act of deaths) act()
  }

  const stepping = (network: Network): Network => ({
    async request(request) {
      await step()
      const response = await network.request(request)
      await step()
      return response
    },
  })

  const key = {}
  const hooks: MemoryHooks = {
    onRequest: ({ kind, store }) => {
      if (isPacking && store === 'packs' && (kind === 'put' || kind === 'delete')) {
        isInPacks = true
        if (world.hasFaults && dice.chance(0.01)) stepsLeft = dice.between(1, 12)
      }
      return refusal() ?? storageFault(world, weather, dice, name) ?? step()
    },
    onCommit: () => step(),
    onCommitted: (commit) => {
      const { store, storage } = browser
      const isThere = !store.memory.gone.has(commit.database) || storage.snapshot().has(commit.database)
      if (isThere) ledger.committed(store, commit.database, commit.changes, clock.now())
      else ledger.committedTooLate(store, commit.database, commit.changes)
      if (isPacking && isThere) notePacks(world, store, commit.database, commit.changes)
      isInPacks = false
      void step()
    },
  }
  const storage = browser.storage.process(hooks)
  const remove = storage.remove.bind(storage)
  const watched: StorageFactory = {
    ...storage,
    remove(database) {
      if (isAlive) ledger.removed(browser.store, database)
      return remove(database)
    },
  }
  const clock: Clock = {
    now: () => world.now() + browser.clockOffset,
    setTimer(callback, delayMs) {
      const cancel = world.after(delayMs, () => {
        cancels.delete(cancel)
        if (isAlive) callback()
      })
      cancels.add(cancel)
      return () => {
        cancels.delete(cancel)
        cancel()
      }
    },
  }
  const events: Events = {
    publish(event) {
      if (!isAlive) return
      for (const mine of [...shared.listeners.values()]) {
        for (const listener of [...mine]) world.after(1, () => mine.has(listener) && listener(event))
      }
    },
    subscribe(listener) {
      const mine = shared.listeners.get(key) ?? new Set()
      shared.listeners.set(key, mine.add(listener))
      return () => void mine.delete(listener)
    },
  }
  let ids = 0
  const host = createHost({
    storage: delayed(watched, world, weather, dice),
    network: () =>
      stepping(
        createNetwork({
          world,
          weather,
          cloud: scene.cloud,
          traffic: scene.traffic,
          obstacles: scene.obstacles,
          dice: diceOf(world.seed, name, 'network'),
          sender: {
            name,
            store: browser.store,
            now: clock.now,
            isOnline: () => browser.isOnline,
            isAlive: () => isAlive,
            session: () => browser.cookies.accountId,
          },
        }),
      ),
    clock,
    locks: weather.hasWebLocks
      ? shared.locks.forContext(key)
      : { ...createLockManager().forContext(key), acrossContexts: false },
    random: { number: dice.number, id: () => quickHashing.hash(`${world.seed} ${name} ${++ids}`) },
    hashing: quickHashing,
    disk: {
      estimate: async () =>
        weather.isDiskSmall && world.hasFaults ? { usedBytes: 95, quotaBytes: 100 } : null,
    },
    events,
    build,
    ...(isPacking ? { foldLimits: LOW_LIMITS } : {}),
  })
  world.note(() => `${name} starts`)
  return {
    name,
    host,
    clock,
    events,
    isAlive: () => isAlive,
    kill,
    dieAfter(steps) {
      stepsLeft = steps
    },
    refuseAfter(requests) {
      requestsLeft = requests
    },
    onDeath: (act) => void deaths.push(act),
  }
}
