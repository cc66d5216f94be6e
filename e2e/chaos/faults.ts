import { UPLOADS } from '../harness/cloud.ts'
import type { Fault, Front } from '../harness/front.ts'
import { openTab } from '../harness/tab.ts'
import { NEVER_MS } from './never.ts'
import type { ChaosDevice, Place } from './place.ts'
import type { Random } from './random.ts'
import type { ChaosRecord } from './record.ts'
import type { ServerProcess } from './server-process.ts'

export type World = {
  readonly devices: readonly [ChaosDevice, ...ChaosDevice[]]
  readonly front: Front
  readonly server: ServerProcess
  readonly random: Random
  readonly record: ChaosRecord
}

/** How often each of them is chosen. Stops of the worker have a loop of their own. */
const FAULTS = {
  tabClosed: 6,
  tabReloaded: 4,
  browserKilled: 5,
  networkCut: 4,
  deviceOffline: 4,
  answersLost: 4,
  requestsLost: 3,
  serverErrors: 3,
  serverKilled: 4,
} as const
type FaultName = keyof typeof FAULTS

const BETWEEN_FAULTS_MS = [200, 1_500] as const
const BETWEEN_STOPS_MS = [100, 900] as const
const OUTAGE_MS = [200, 2_500] as const
const DOWN_MS = [0, 500] as const

/** Lets one thing after another go wrong, as long as the run lasts; each is over before the next begins. */
export async function disturb(world: World, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const fault = world.random.weighted(FAULTS)
    world.record.tell(`fault: ${fault}`)
    await faults[fault](world)
    world.record.count(`fault: ${fault}`)
    await pause(world.random, BETWEEN_FAULTS_MS)
  }
}

/** Stops the workers of one device after another, whatever else goes wrong meanwhile. */
export async function stopWorkers({ devices, record }: World, random: Random, isOver: () => boolean) {
  while (!isOver()) {
    const device = random.pick(devices)
    if (device.isRunning) {
      try {
        const isAlive = device.profile.context.serviceWorkers().length > 0
        await device.profile.stopWorkers()
        record.count(isAlive ? 'fault: workerStopped' : 'fault: workerStopped, none was running')
      } catch (error) {
        if (device.isRunning) throw error // Else its browser was killed meanwhile.
      }
    }
    await pause(random, BETWEEN_STOPS_MS)
  }
}

const faults: Readonly<Record<FaultName, (world: World) => Promise<void>>> = {
  async tabClosed(world) {
    const place = anyPlace(world)
    const closing = place.tab
    place.tab = undefined
    await closing?.close()
    await open(world, place)
  },
  async tabReloaded(world) {
    await anyPlace(world).tab?.reload()
  },
  async browserKilled(world) {
    const device = world.random.pick(world.devices)
    device.isRunning = false
    for (const place of device.places) place.tab = undefined
    await device.profile.kill()
    await device.profile.boot()
    device.isRunning = true
    for (const place of device.places) await open(world, place)
  },
  async networkCut({ front, random }) {
    await front.shut()
    await pause(random, OUTAGE_MS)
    await front.open()
  },
  async deviceOffline({ devices, random }) {
    const { profile } = random.pick(devices)
    await profile.goOffline()
    await pause(random, OUTAGE_MS)
    await profile.goOnline()
  },
  answersLost: ({ front, random }) =>
    during(random, front.cutAfter({ path: /\/conversations/, times: random.between(1, 4) })),
  requestsLost: ({ front, random }) =>
    during(random, front.cutBefore({ ...UPLOADS, times: random.between(1, 4) })),
  serverErrors: ({ front, random }) =>
    during(
      random,
      front.answer(
        { path: /\/conversations/, times: random.between(1, 4) },
        { status: random.pick([500, 502, 503]) },
      ),
    ),
  async serverKilled({ server, random }) {
    await server.kill()
    await pause(random, DOWN_MS)
    await server.start()
  },
}

/** Opens the page where a tab was; its account is the browser's, which the client remembers. */
export async function open({ front }: Pick<World, 'front'>, place: Place): Promise<void> {
  const page = await place.device.profile.context.newPage()
  page.setDefaultNavigationTimeout(NEVER_MS)
  place.tab = await openTab(page, front.url)
}

async function during(random: Random, fault: Fault): Promise<void> {
  await pause(random, OUTAGE_MS)
  fault.end()
}

function anyPlace({ devices, random }: World): Place {
  const [first, ...others] = devices.flatMap(({ places }) => places)
  if (first === undefined) throw new Error('No device of this run has a tab.')
  return random.pick([first, ...others])
}

/** Time in which nothing is done to the world: load, not a wait for something. */
const pause = (random: Random, range: readonly [number, number]) =>
  new Promise<void>((resolve) => setTimeout(resolve, random.between(...range)))
