import { createBrowser } from './browser.ts'
import type { Dice } from './dice.ts'
import type { Stage } from './history.ts'
import { copyMemory, createStore } from './store.ts'

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
} as const

/** Something larger than a lost request. */
export function disaster(stage: Stage, dice: Dice): void {
  const { world, devices, cloud, ledger } = stage
  const device = dice.pick(devices)
  const { browser } = device
  const kind = dice.weighted(DISASTERS)
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
      if (devices.length < 2) return
      for (const tab of device.tabs) tab.close()
      device.tabs = []
      browser.crash({ storage: new Map() })
      ledger.forget(browser.store)
      world.fired('database-evicted', browser.name)
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
  }
}
