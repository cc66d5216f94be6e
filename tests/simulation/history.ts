import { openSqliteEngine } from '../../server/storage/sqlite-engine.ts'
import type { MemorySnapshot } from '../../src/storage/memory.ts'
import { ACTS, act } from './acts.ts'
import { type Browser, createBrowser, type Scene } from './browser.ts'
import { createCloud } from './cloud.ts'
import { type Dice, diceOf } from './dice.ts'
import { disaster } from './disasters.ts'
import { heal } from './heal.ts'
import { createLedger } from './ledger.ts'
import { openMemoryEngine } from './memory-engine/open-memory-engine.ts'
import type { Traffic } from './network.ts'
import { comeOrGo } from './people.ts'
import { createStore, type StoreMemory } from './store.ts'
import { createTab, type Tab } from './tab.ts'
import { weatherOf } from './weather.ts'
import { createWorld, Violation, type World } from './world.ts'

/** A browser and the tabs that are open in it. */
export type Device = { readonly browser: Browser; tabs: Tab[] }

/** Everything that a history is made of while it runs. */
export type Stage = Scene & {
  readonly devices: Device[]
  /** Copies of profiles, as a backup program of the device makes them. */
  readonly kept: Map<string, { readonly storage: MemorySnapshot; readonly memory: StoreMemory }>
  nextTab(device: Device): Promise<Tab>
}

export type Outcome = {
  readonly seed: number
  readonly steps: number
  /** Steps that it would have taken without leaving any out. */
  readonly planned: number
  readonly broken: Violation | undefined
  readonly world: World
}

/**
 * Runs the history of one seed: steps under faults, then healing, then the verdict. Steps in `skipped` are left out; `steps` ends it
 * earlier. Without `isTraced` nothing is written down, which is faster.
 */
export async function runHistory(
  seed: number,
  options: {
    readonly skipped?: ReadonlySet<number>
    readonly steps?: number
    readonly isTraced?: boolean
    /** Instead of what the seed chooses. */
    readonly hasSqlite?: boolean
  } = {},
): Promise<Outcome> {
  const { skipped = new Set() } = options
  const world = createWorld(seed, options.isTraced === true)
  const weather = weatherOf(world.dice('weather'))
  const ledger = createLedger(world, weather.hasWebLocks)
  const cloud = createCloud(
    world,
    weather.smallServer === null ? {} : { maxOperationsPerRequest: weather.smallServer },
    () => ((options.hasSqlite ?? weather.hasSqlite) ? openSqliteEngine(':memory:') : openMemoryEngine()),
  )
  const devices: Device[] = []
  const traffic = { ...ledger, served }
  const stage: Stage = { world, weather, ledger, traffic, cloud, devices, kept: new Map(), nextTab: openTab }
  const pokes = world.dice('pokes')
  const rejections: unknown[] = []
  const onRejection = (reason: unknown) => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  let steps = 0

  async function openTab(device: Device): Promise<Tab> {
    const dice = diceOf(seed, 'tab', world.next())
    const isOwn = dice.chance(0.15)
    const isOld = !isOwn && dice.chance(0.08)
    if (isOwn && device.tabs.some((tab) => tab.isOpen())) world.fired('two-syncers', device.browser.name)
    if (isOld) world.fired('old-worker', device.browser.name)
    const tab = createTab(stage, device.browser, { ownHost: isOwn, ...(isOld ? { build: 'old' } : {}) })
    device.tabs.push(tab)
    await tab.open()
    const account = device.browser.cookies.accountId
    if (account !== null && weather.accounts.includes(account) && tab.session()?.accountId !== account) {
      await tab.host('signedIn', { accountId: account })
      void tab.wakeUps.run('signed-in')
    }
    return tab
  }

  /** The cloud pokes one tab of each browser that is signed in; pokes may be lost. */
  function served(...[sender, request, response, session]: Parameters<Traffic['served']>): void {
    ledger.served(sender, request, response, session)
    if (request.method !== 'POST' || response.status !== 200) return
    for (const { browser, tabs } of devices) {
      if (!browser.isOnline || browser.cookies.accountId !== session || !pokes.chance(0.5)) continue
      const tab = tabs.find((each) => each.isOpen())
      world.after(pokes.between(1, weather.latencyMs), () => tab?.isOpen() && tab.wakeUps.poked('p'))
    }
  }

  try {
    for (let index = 0; index < weather.devices; index++) {
      const name = `d${index + 1}`
      const device: Device = { browser: createBrowser(stage, name, createStore(name)), tabs: [] }
      const dice = diceOf(seed, 'device', index)
      device.browser.cookies.accountId = dice.chance(0.8) ? dice.pick(weather.accounts) : null
      if (dice.chance(0.4)) device.browser.clockOffset = dice.between(-200_000, 200_000)
      devices.push(device)
      void openTab(device)
    }
    await world.runUntil(world.now() + 1_000)
    for (let step = 0; step < (options.steps ?? weather.steps); step++) {
      const dice = diceOf(seed, 'step', step)
      if (!skipped.has(step)) {
        steps += 1
        takeStep(stage, dice)
        await world.settle()
      }
      await world.runUntil(world.now() + pauseMs(dice))
      if (rejections.length > 0) world.fail('no unhandled rejection', describe(rejections[0]))
      if (world.broken !== undefined) throw world.broken
    }
    await heal(stage)
    if (rejections.length > 0) world.fail('no unhandled rejection', describe(rejections[0]))
  } catch (error) {
    if (!(error instanceof Violation)) world.fail('the history runs', describe(error))
  } finally {
    for (const { browser } of devices) browser.crash()
    await world.settle()
    await cloud.close()
    process.off('unhandledRejection', onRejection)
  }
  return { seed, steps, planned: options.steps ?? weather.steps, broken: world.broken, world }
}

const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

function pauseMs(dice: Dice): number {
  const kind = dice.weighted({ moment: 70, minute: 22, hour: 6, day: 1 })
  if (kind === 'moment') return dice.between(5, 4_000)
  if (kind === 'minute') return dice.between(4_000, 90_000)
  return kind === 'hour' ? dice.between(90_000, 3_600_000) : dice.between(3_600_000, 30 * 3_600_000)
}

/** One thing happens: mostly a person does something in some tab, sometimes the world does. */
function takeStep(stage: Stage, dice: Dice): void {
  const { world, weather, devices } = stage
  if (dice.chance(weather.disaster)) {
    disaster(stage, dice)
    return
  }
  const device = dice.pick(devices)
  const open = device.tabs.filter((tab) => tab.isOpen())
  if (open.length === 0 || (open.length < 2 && dice.chance(0.05))) return void stage.nextTab(device)
  if (dice.chance(weather.comings)) return void comeOrGo(stage, device, dice)
  const tab = dice.pick(open)
  if (dice.chance(weather.workerDies)) {
    for (const process of device.browser.processes) process.dieAfter(dice.between(1, 60))
  }
  void act(world, tab, dice, dice.weighted(ACTS))
  // Another thing at the same moment, in another tab or on another device: their transactions interleave.
  if (dice.chance(0.25)) {
    const other = dice.pick(open)
    void act(world, other, diceOf(dice.number(), 'other'), 'say')
  }
}
