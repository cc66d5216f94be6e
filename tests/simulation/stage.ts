import { openSqliteEngine } from '../../server/storage/sqlite-engine.ts'
import type { MemorySnapshot } from '../../src/storage/memory.ts'
import type { Browser, Scene } from './browser.ts'
import { createCloud } from './cloud.ts'
import { diceOf } from './dice.ts'
import { createLedger } from './ledger.ts'
import { openMemoryEngine } from './memory-engine/open-memory-engine.ts'
import type { Traffic } from './network.ts'
import { noObstacles } from './obstacles.ts'
import { createPlainCloud, type PlainCloud } from './plain/plain-cloud.ts'
import { createPlainLedger, type PlainLedger } from './plain/plain-ledger.ts'
import type { StoreMemory } from './store.ts'
import { createTab, type Tab } from './tab.ts'
import { upkeep } from './upkeep.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** A browser and the tabs that are open in it. */
export type Device = { readonly browser: Browser; tabs: Tab[] }

/** Everything that a history is made of while it runs. */
export type Stage = Scene & {
  readonly devices: Device[]
  /** Copies of profiles, as a backup program of the device makes them. */
  readonly kept: Map<string, { readonly storage: MemorySnapshot; readonly memory: StoreMemory }>
  nextTab(device: Device): Promise<Tab>
  /** Happens once, right after the cloud has taken something; null: nothing does. */
  afterPost: (() => void) | null
  /** What is there instead of our server. */
  readonly plain: { readonly cloud: PlainCloud; readonly ledger: PlainLedger } | null
}

/** A cloud, and nobody there yet. */
export function createStage(world: World, weather: Weather, hasSqlite = weather.hasSqlite): Stage {
  const plain = weather.plain === null ? null : plainStage(world, weather, weather.plain.hasEtags)
  const ledger = plain?.ledger ?? createLedger(world, weather.hasWebLocks)
  const cloud =
    plain?.cloud ??
    createCloud(
      world,
      {
        ...(weather.smallServer === null ? {} : { maxOperationsPerRequest: weather.smallServer }),
        ...(weather.shortPages === null ? {} : { maxPageOperations: weather.shortPages }),
      },
      () => (hasSqlite ? openSqliteEngine(':memory:') : openMemoryEngine()),
      ledger.logIs,
    )
  const devices: Device[] = []
  const traffic = { ...ledger, served }
  const stage: Stage = {
    world,
    weather,
    ledger,
    traffic,
    obstacles: noObstacles(),
    cloud,
    devices,
    kept: new Map(),
    nextTab: openTab,
    afterPost: null,
    plain,
  }
  const pokes = world.dice('pokes')

  async function openTab(device: Device): Promise<Tab> {
    const dice = diceOf(world.seed, 'tab', world.next())
    const isOwn = dice.chance(weather.ownHosts)
    const isOld = !isOwn && dice.chance(0.08)
    if (isOwn && device.tabs.some((tab) => tab.isOpen())) world.fired('two-syncers', device.browser.name)
    if (isOld) world.fired('old-worker', device.browser.name)
    const tab = createTab(stage, device.browser, { ownHost: isOwn, ...(isOld ? { build: 'old' } : {}) })
    device.tabs.push(tab)
    await tab.open()
    // An app names its project; only ours lists those that there are.
    if (plain !== null) tab.wakeUps.poked('p')
    if (weather.themes.has('retention') && dice.chance(0.5)) void upkeep(tab, dice, 'retention', 'c1')
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
    if (request.method !== 'POST' || response.status >= 300) return
    if (stage.afterPost !== null) world.after(1, stage.afterPost)
    stage.afterPost = null
    if (plain !== null) return
    for (const { browser, tabs } of devices) {
      if (!browser.isOnline || browser.cookies.accountId !== session || !pokes.chance(0.5)) continue
      const tab = tabs.find((each) => each.isOpen())
      world.after(pokes.between(1, weather.latencyMs), () => tab?.isOpen() && tab.wakeUps.poked('p'))
    }
  }

  return stage
}

function plainStage(world: World, { hasWebLocks }: Weather, hasEtags: boolean): Stage['plain'] {
  const cloud = createPlainCloud(world, hasEtags)
  return { cloud, ledger: createPlainLedger(world, hasWebLocks, cloud) }
}
