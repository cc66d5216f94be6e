import { type Browser, type BrowserContextOptions, chromium, type LaunchOptions } from '@playwright/test'
import { type Device, openDevice, openPersistentDevice, type PersistentDevice } from '../device.ts'
import { type Engine, type EngineBrowser, MissingEngine } from './engine-browser.ts'
import { engineDevice, firefoxDevice } from './engine-device.ts'
import { openFirefoxProfile, startFirefox } from './firefox.ts'
import { startWebKit } from './webkit.ts'

/** Where the devices of a run come from. */
export type Profiles = {
  open(options?: BrowserContextOptions): Promise<Device>
  openPersistent(options?: BrowserContextOptions): Promise<PersistentDevice>
  close(): Promise<void>
}

/** Profiles of one engine; its browser is started when the first of them is opened. */
export function profilesOf(engine: Engine, launch: LaunchOptions): Profiles {
  if (engine === 'chromium') return chromiumProfiles(launch)
  let browser: Promise<EngineBrowser> | undefined
  return {
    async open() {
      browser ??= engine === 'firefox' ? startFirefox() : startWebKit()
      return engineDevice(engine, await (await browser).openProfile())
    },
    async openPersistent() {
      if (engine === 'firefox') return firefoxDevice(await openFirefoxProfile())
      throw new MissingEngine('A profile of WebKitGTK that is driven keeps nothing: tag the test @no-webkit.')
    },
    close: async () => (await browser)?.close(),
  }
}

function chromiumProfiles(launch: LaunchOptions): Profiles {
  let browser: Promise<Browser> | undefined
  return {
    async open(options) {
      browser ??= chromium.launch(launch)
      return openDevice(await browser, options)
    },
    openPersistent: (options) => openPersistentDevice(launch, options),
    close: async () => (await browser)?.close(),
  }
}
