import type { Device, PersistentDevice } from '../device.ts'
import { openTab } from '../tab.ts'
import { type Cable, layCable } from './cable.ts'
import type { Engine, EngineProfile, EngineTab } from './engine-browser.ts'
import type { FirefoxProfile } from './firefox.ts'
import { pageOfEngine } from './page-of-engine.ts'

/** A profile in a browser other than Chromium. What only Chromium can do says so. */
export function engineDevice(engine: Engine, profile: EngineProfile): Device {
  return deviceOn(
    engine,
    () => profile.openTab(),
    () => profile.close(),
  )
}

/** A profile on disk that outlives its Firefox. */
export function firefoxDevice(profile: FirefoxProfile): PersistentDevice {
  const device = deviceOn(
    'firefox',
    () => profile.openTab(),
    () => profile.remove(),
  )
  const lifetimes = {
    shutDown: () => profile.quit(),
    kill: () => profile.kill(),
    boot: () => profile.start(),
  }
  return Object.defineProperties(lifetimes, Object.getOwnPropertyDescriptors(device)) as PersistentDevice
}

function deviceOn(
  engine: Engine,
  openEngineTab: () => Promise<EngineTab>,
  close: () => Promise<void>,
): Device {
  const cablesByOrigin = new Map<string, Cable>()
  const onlyInChromium = (): never => {
    throw new Error(`${engine} cannot be asked for this: tag the test @chromium.`)
  }
  const openPage = async () => pageOfEngine(await openEngineTab())
  async function addressOf(url: string): Promise<string> {
    const { origin } = new URL(url)
    const cable = cablesByOrigin.get(origin) ?? (await layCable(origin))
    cablesByOrigin.set(origin, cable)
    return url.replace(origin, cable.url)
  }

  return {
    get context() {
      return onlyInChromium()
    },
    stopWorkers: onlyInChromium,
    dispatchSync: onlyInChromium,
    setQuota: onlyInChromium,
    openPage,
    addressOf,
    openTab: async (url, options) => openTab(await openPage(), await addressOf(url), options),
    async goOffline() {
      for (const cable of cablesByOrigin.values()) await cable.pull()
    },
    async goOnline() {
      for (const cable of cablesByOrigin.values()) await cable.plugIn()
    },
    async close() {
      await close()
      for (const cable of cablesByOrigin.values()) cable.close()
    },
  }
}
