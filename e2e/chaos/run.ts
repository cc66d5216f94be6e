import type { LaunchOptions } from '@playwright/test'
import { signIn, signUp } from '../harness/accounts.ts'
import { openPersistentDevice } from '../harness/device.ts'
import { startFront } from '../harness/front.ts'
import { ask } from '../harness/requests.ts'
import type { LogRow } from '../harness/server-log.ts'
import type { Tab } from '../harness/tab.ts'
import { readDevice } from './device-state.ts'
import { disturb, open, stopWorkers, type World } from './faults.ts'
import { chaosDevice, type Place } from './place.ts'
import { seededRandom } from './random.ts'
import type { ChaosRecord } from './record.ts'
import { serverProcess } from './server-process.ts'
import { differenceProblems, listProblems, stateProblems, writeProblems } from './verdict.ts'
import { write } from './writer.ts'

export type ChaosOptions = {
  readonly seed: string
  readonly durationMs: number
  readonly databaseUrl: string
  readonly readLog: () => Promise<readonly LogRow[]>
  readonly site: string
  readonly launch: LaunchOptions
  readonly record: ChaosRecord
}

const EMAIL = 'ada@example.com'
const TABS_PER_DEVICE = 2
/** Time to come together once nothing goes wrong any more: the longest lease of a draft, and several rounds of sync. */
const HEAL_LIMIT_MS = 120_000

/** Two devices of one person write while all kinds of things go wrong; then nothing does. Answers what is not as promised. */
export async function runChaos(options: ChaosOptions): Promise<readonly string[]> {
  const { seed, record, launch } = options
  await using disposal = new AsyncDisposableStack()
  const front = await startFront()
  disposal.defer(() => front.close())
  const server = serverProcess(front, { ...options, tell: record.tell })
  disposal.defer(() => server.stop())
  await server.start()
  const [desk, sofa] = await Promise.all(
    ['desk', 'sofa'].map(async (name) => {
      const profile = await openPersistentDevice(launch)
      disposal.defer(() => profile.close())
      return chaosDevice(name, profile, TABS_PER_DEVICE)
    }),
  )
  if (desk === undefined || sofa === undefined) throw new Error('Two devices were to be opened.')
  const world: World = {
    devices: [desk, sofa],
    front,
    server,
    random: seededRandom(`${seed} faults`),
    record,
  }
  await signUp(await desk.profile.openTab(front.url), EMAIL)
  await signIn(await sofa.profile.openTab(front.url), EMAIL)
  for (const { profile } of world.devices) {
    await profile.shutDown() // Cookies younger than 30 s would not survive a kill; now they are on disk.
    await profile.boot()
  }
  const places = world.devices.flatMap((device) => device.places)
  for (const place of places) await open(world, place)

  const endsAt = performance.now() + options.durationMs
  let hasFailed = false
  const isOver = () => hasFailed || performance.now() >= endsAt
  const work = [
    disturb(world, isOver),
    stopWorkers(world, seededRandom(`${seed} stops`), isOver),
    ...places.map((place) => write({ place, random: seededRandom(`${seed} ${place.name}`), record }, isOver)),
  ]
  try {
    await Promise.all(work)
  } catch (error) {
    hasFailed = true
    await Promise.allSettled(work)
    throw error
  }
  return await heal(world, places, options) // Before browsers and server are closed.
}

/** Waits until everything is as promised; answers what is not when the time is over. */
async function heal(
  world: World,
  places: readonly Place[],
  { readLog, record }: ChaosOptions,
): Promise<readonly string[]> {
  record.tell('nothing goes wrong any more')
  const beganAt = Date.now()
  const requestsBefore = world.front.requests.length
  const tabs = tabsOf(places)
  const problems = async () => {
    for (const [, tab] of tabs) await tab.chats.syncNow()
    const waiting = await waitingProblems(tabs)
    if (waiting.length > 0) return waiting
    const rows = await readLog()
    const seen = []
    for (const [name, tab] of onePerDevice(places)) seen.push([name, await readDevice(tab)] as const)
    const listed = await listOf(tabs[0]?.[1])
    return [
      ...writeProblems(rows, record.writes),
      ...seen.flatMap(([name, state]) => [
        ...stateProblems(name, state, rows),
        ...listProblems(name, state, listed),
      ]),
      ...differenceProblems(seen),
    ]
  }
  let left = await problems()
  while (left.length > 0 && Date.now() - beganAt < HEAL_LIMIT_MS) {
    record.tell(`not yet, after ${Date.now() - beganAt} ms: ${left[0]}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
    left = await problems()
  }
  for (const { method, path, status, at, body } of world.front.requests.slice(requestsBefore)) {
    if (!path.startsWith('/api/')) continue
    record.tell(
      `while healing, after ${at - beganAt} ms: ${method} ${path} ${status}, ${body.length} characters`,
    )
  }
  const rows = await readLog()
  record.count('end: operations in the log', rows.length)
  record.count('end: requests', world.front.requests.length)
  record.count('end: ms until all was equal', Date.now() - beganAt)
  for (const [, tab] of tabs) {
    record.count(`end: tabs on ${(await tab.status()).rung}`)
    for (const event of await tab.events())
      if (event.type === 'rungChanged') record.count(`end: turns of these tabs to ${event.rung}`)
  }
  return left
}

const tabsOf = (places: readonly Place[]) =>
  places.flatMap(({ name, tab }) => (tab === undefined ? [] : [[name, tab] as const]))

/** Tabs of one device read the same database. */
const onePerDevice = (places: readonly Place[]) =>
  tabsOf(places.filter((place) => place === place.device.places[0]))

async function waitingProblems(tabs: readonly (readonly [name: string, tab: Tab])[]) {
  const problems: string[] = []
  for (const [name, tab] of tabs) {
    const { pendingCount, quarantinedCount, state, lastError } = (await tab.status()).sync
    if (pendingCount > 0 || quarantinedCount > 0) {
      problems.push(
        `${name}: ${pendingCount} wait, ${quarantinedCount} were put aside, ${state}, ${lastError?.code}`,
      )
    }
  }
  return problems
}

/** The server's own list, as a client without an engine would read it. */
async function listOf(tab: Tab | undefined): Promise<readonly Readonly<Record<string, unknown>>[]> {
  if (tab === undefined) return []
  const { status, body } = await ask(tab.page, 'GET', '/conversations?projectId=default&limit=100')
  if (status !== 200) throw new Error(`GET /conversations: ${status}`)
  return (body as { conversations: Record<string, unknown>[] }).conversations
}
