import { createBrowser } from './browser.ts'
import type { Dice } from './dice.ts'
import type { Device, Stage } from './history.ts'
import { copyMemory, createStore } from './store.ts'
import { dwellingDisasters } from './themes.ts'

const DAY_MS = 24 * 60 * 60_000

const DISASTERS = {
  workerDies: 14,
  tabDies: 10,
  browserDies: 5,
  offline: 14,
  longOffline: 5,
  clockDay: 5,
  clockDecade: 5,
  evicted: 3,
  cloned: 4,
  keepProfile: 10,
  restoreProfile: 14,
  backUp: 20,
  restoreServer: 20,
  restartServer: 6,
  compactServer: 8,
  serverDies: 6,
  failover: 5,
  restoreAndEvict: 3,
  newDevice: 3,
  clockRight: 4,
  clockSpell: 2,
} as const
export type Disaster = keyof typeof DISASTERS

/** Something larger than a lost request. */
export function disaster(stage: Stage, dice: Dice): void {
  const { world, devices, cloud } = stage
  const device = dice.pick(devices)
  const { browser } = device
  const kind = dice.weighted(dwellingDisasters(DISASTERS, stage.weather.themes))
  world.note(() => `disaster ${kind} ${browser.name}`)
  switch (kind) {
    case 'workerDies':
      for (const process of browser.processes) process.dieAfter(dice.between(1, 80))
      return
    case 'tabDies': {
      const open = device.tabs.filter((tab) => tab.isOpen())
      if (open.length === 0) return
      dice.pick(open).close()
      world.fired('tab-killed', browser.name)
      return
    }
    case 'browserDies':
      for (const tab of device.tabs) tab.close()
      browser.crash()
      device.tabs = []
      return
    case 'offline':
    case 'longOffline': {
      if (!browser.isOnline) return
      browser.isOnline = false
      world.fired(kind === 'offline' ? 'offline-flap' : 'long-offline', browser.name)
      const lengthMs = kind === 'offline' ? dice.between(100, 60_000) : dice.between(1, 5) * 20 * 60_000
      world.after(lengthMs, () => {
        browser.isOnline = true
        for (const tab of device.tabs) tab.tell('online')
      })
      return
    }
    case 'clockDay':
      browser.clockOffset += dice.pick([-1, 1]) * DAY_MS
      world.fired('clock-day', browser.name)
      return
    case 'clockDecade':
      browser.clockOffset += dice.pick([-1, 1]) * 3_652 * DAY_MS
      world.fired('clock-decade', browser.name)
      return
    case 'evicted':
      evict(stage, device)
      return
    case 'cloned': {
      if (devices.length >= 6) return
      const name = `d${devices.length + 1}`
      const store = createStore(name)
      store.memory = copyMemory(browser.store.memory)
      const clone = createBrowser(stage, name, store, browser.takeSnapshot())
      clone.clockOffset = browser.clockOffset
      clone.cookies = { ...browser.cookies }
      devices.push({ browser: clone, tabs: [] })
      world.fired('profile-cloned', `${browser.name} ${name}`)
      return
    }
    case 'keepProfile':
      stage.kept.set(browser.name, {
        storage: browser.takeSnapshot(),
        memory: copyMemory(browser.store.memory),
      })
      return
    case 'restoreProfile': {
      const kept = stage.kept.get(browser.name)
      if (kept === undefined) return
      for (const tab of device.tabs) tab.close()
      device.tabs = []
      browser.crash({ storage: kept.storage })
      browser.store.memory = copyMemory(kept.memory)
      world.fired('profile-restored', browser.name)
      return
    }
    case 'backUp':
      return void cloud.backUp()
    case 'restoreServer':
      if (!cloud.hasBackup()) return
      world.fired('server-restored')
      return void cloud.restore(dice.below(3))
    case 'compactServer':
      void cloud.compact(dice.below(8) * 60 * 60_000)
      return
    case 'restartServer':
      cloud.restart()
      return
    case 'serverDies':
      cloud.dieAfter(dice.between(1, 25))
      return
    case 'failover': {
      // A copy of the server that lags behind takes over: what was acknowledged in the last seconds is lost.
      void cloud.backUp()
      stage.afterPost = () => {
        if (!world.hasFaults) return
        world.fired('server-restored')
        void cloud.restore(-1)
      }
      return
    }
    case 'restoreAndEvict': {
      // Whoever offers what the server lost is lost itself, perhaps in the middle of that, with what the server had refused.
      if (!cloud.hasBackup()) return
      world.fired('server-restored')
      void cloud.restore(dice.below(3))
      const lost = devices.find(({ browser: { store } }) => store.memory.order.aside.size > 0) ?? device
      for (const tab of lost.tabs) void tab.call('syncNow', {})
      const delayMs = dice.between(10, 60_000)
      world.after(delayMs, () => world.hasFaults && evict(stage, lost))
      return
    }
    case 'newDevice': {
      if (devices.length >= 6) return
      const name = `d${devices.length + 1}`
      const added = createBrowser(stage, name, createStore(name))
      added.cookies = { ...browser.cookies }
      devices.push({ browser: added, tabs: [] })
      return
    }
    case 'clockRight':
      browser.clockOffset = 0
      return
    case 'clockSpell': {
      // Far ahead for a while, until somebody sets it right.
      browser.clockOffset = 3_652 * DAY_MS
      world.fired('clock-decade', browser.name)
      const lengthMs = dice.between(1_000, 20 * 60_000)
      world.after(lengthMs, () => {
        browser.clockOffset = 0
      })
      return
    }
  }
}

/** The browser took everything away that it had stored. */
export function evict({ world, ledger, devices }: Stage, device: Device): void {
  const { browser } = device
  if (devices.length < 2) return
  for (const tab of device.tabs) tab.close()
  device.tabs = []
  browser.crash({ storage: new Map() })
  ledger.forget(browser.store)
  world.fired('database-evicted', browser.name)
}
