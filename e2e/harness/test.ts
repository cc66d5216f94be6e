import { writeFile } from 'node:fs/promises'
import { type BrowserContextOptions, test as base } from '@playwright/test'
import { type Cloud, type CloudOptions, startCloud } from './cloud.ts'
import type { Device, PersistentDevice } from './device.ts'
import type { Settings } from './engines/engine-browser.ts'
import { type Profiles, profilesOf } from './engines/profiles.ts'
import { logFaults } from './server-log.ts'

type WorkerFixtures = Settings & { readonly profiles: Profiles }

type Fixtures = {
  /** The cloud of this test. At its end the log has to be whole: no gap in it, no operation twice. */
  readonly cloud: Cloud
  readonly startCloud: (options?: CloudOptions) => Promise<Cloud>
  /** A quick profile. */
  readonly device: Device
  readonly openDevice: (options?: BrowserContextOptions) => Promise<Device>
  /** A profile on disk. */
  readonly openPersistentDevice: (options?: BrowserContextOptions) => Promise<PersistentDevice>
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  engine: ['chromium', { option: true, scope: 'worker' }],
  profiles: [
    async ({ engine, launchOptions }, use) => {
      const profiles = profilesOf(engine, launchOptions)
      await use(profiles)
      await profiles.close()
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern.
  startCloud: async ({}, use, testInfo) => {
    const clouds: Cloud[] = []
    await use(async (options) => {
      const cloud = await startCloud(options)
      clouds.push(cloud)
      return cloud
    })
    if (testInfo.status !== testInfo.expectedStatus) {
      const told = clouds.map(toldRequests).join('\n\n')
      await writeFile(testInfo.outputPath('requests.txt'), told)
    }
    const faults = clouds.flatMap((cloud) => logFaults(cloud.log()))
    for (const cloud of clouds) await cloud.close()
    expect(faults, 'faults of the server’s log').toEqual([])
  },
  cloud: async ({ startCloud }, use) => use(await startCloud()),
  openDevice: async ({ profiles }, use) => {
    const devices: Device[] = []
    await use(async (options) => {
      const device = await profiles.open(options)
      devices.push(device)
      return device
    })
    for (const device of devices) await device.close()
  },
  device: async ({ openDevice }, use) => use(await openDevice()),
  openPersistentDevice: async ({ profiles }, use) => {
    const devices: PersistentDevice[] = []
    await use(async (options) => {
      const device = await profiles.openPersistent(options)
      devices.push(device)
      return device
    })
    for (const device of devices) await device.close()
  },
})
export const { expect } = test

/** For the report of a failed test: what went over the wire. */
function toldRequests({ front }: Cloud): string {
  const startedAt = front.requests[0]?.at ?? 0
  return front.requests
    .filter(({ path }) => path.startsWith('/api/'))
    .map(
      ({ at, method, path, status, body }) =>
        `${at - startedAt} ms ${method} ${path} ${status} ${body.slice(0, 200)}`,
    )
    .join('\n')
}
