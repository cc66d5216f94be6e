import type { OutboxRecord } from '../../src/ports/records/outbox.ts'
import type { SpaceSync } from '../../src/ports/records/sync.ts'
import type { Tables } from '../../src/storage/tables/table-transaction.ts'
import { outlast } from './aftermath.ts'
import { openAll } from './freed.ts'
import { judgeHalfway } from './halfway.ts'
import type { Stage } from './history.ts'
import { plainFindings } from './plain/plain-verdict.ts'
import type { Tab } from './tab.ts'
import { createTab } from './tab.ts'
import { SYNC_ON } from './upkeep.ts'
import { judge } from './verdict.ts'
import type { World } from './world.ts'

/** So many rounds of waking everybody have to be enough for any queue. */
const MOST_ROUNDS = 9
const ROUND_MS = 6 * 60_000

/** All faults stop, everybody comes online and signs in; within a bounded number of cycles everything has to be everywhere. */
export async function heal(stage: Stage): Promise<void> {
  const { world, weather, devices, cloud } = stage
  world.note(() => 'healing')
  const clocks = world.dice('healing')
  world.hasFaults = false
  cloud.dieAfter(Number.POSITIVE_INFINITY)
  for (const device of devices) {
    for (const tab of device.tabs) tab.close()
    device.browser.crash()
    device.tabs = []
    device.browser.isOnline = true
    if (clocks.chance(0.7)) device.browser.clockOffset = 0
  }
  await outlast(stage)
  for (const account of weather.accounts) {
    const tabs: Tab[] = []
    for (const { browser } of devices) {
      browser.cookies.accountId = account
      const tab = createTab(stage, browser)
      tabs.push(tab)
      void tab
        .open()
        .then(() => tab.host('signedIn', { accountId: account }))
        .then(() => tab.call('setRetention', { projectId: 'p', policy: {} }))
        .then(() => tab.call('changeSyncSettings', SYNC_ON))
        .then(() => tab.wakeUps.run('signed-in'))
        .then(() => stage.plain !== null && tab.wakeUps.poked('p'))
    }
    await world.runUntil(world.now() + 60_000)
    await syncAll(stage, account, tabs)
    if (stage.plain === null) {
      await openAll(stage, tabs)
      await judge(stage, account, tabs)
    }
    for (const tab of tabs) tab.close()
    for (const { browser } of devices) browser.crash()
  }
}

async function syncAll(stage: Stage, account: string, tabs: readonly Tab[]): Promise<void> {
  const { world } = stage
  const isPlain = stage.plain !== null
  let left: readonly string[] = []
  let cursors: readonly string[] = []
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // What was put aside may not hold up the rest: only from the third round on a person puts it back.
    for (const tab of tabs) void syncOne(tab, round > 1)
    await world.runUntil(world.now() + ROUND_MS)
    const disks = tabs.map(diskOf)
    if (round === 1) {
      left = disks.flatMap((disk) => unfinished(disk, isPlain, 'waiting'))
      if (left.length > 0) world.fail('liveness: the rest goes on', left.join('; '))
      if (stage.plain === null) await judgeHalfway(stage, account, tabs)
    }
    left = disks.flatMap((disk) => unfinished(disk, isPlain))
    cursors = disks.map(cursorsOf)
    if (left.length > 0) continue
    if (stage.plain !== null) {
      left = await during(world, plainFindings(stage, account, tabs))
      cursors = []
      if (left.length === 0) return
    } else if (new Set(cursors).size === 1) return
  }
  const name = stage.plain === null ? 'queues empty and cursors arrive' : 'everything is everywhere'
  world.fail(`liveness: ${name}`, [...left, ...cursors].join('; '))
  if (world.broken !== undefined) throw world.broken
}

/** Time goes on until somebody has looked at everything. */
async function during<Result>(world: World, looking: Promise<Result>): Promise<Result> {
  let isOver = false
  void looking.finally(() => {
    isOver = true
  })
  while (!isOver) await world.runUntil(world.now() + 1_000)
  return looking
}

async function syncOne(tab: Tab, isReleasing: boolean): Promise<void> {
  if (isReleasing)
    for (const { sequence } of (await tab.call('listQuarantined', {})) ?? [])
      await tab.call('retryQuarantined', { sequence })
  await tab.call('syncNow', {})
}

/** What one device has in the database of its session. */
type Disk = { readonly name: string; readonly tables: Tables | undefined }

const diskOf = (tab: Tab): Disk => ({
  name: tab.name,
  tables: tab.browser.storage.snapshot().get(tab.session()?.database ?? ''),
})

/** Where a device stands in the logs of its account. */
function cursorsOf({ tables }: Disk): string {
  const records = (tables?.sync_metadata.scan({}) ?? []) as SpaceSync[]
  const spaces = records.filter(({ key, cursor }) => key.startsWith('s:') && cursor !== '0')
  return spaces.map(({ key, cursor }) => `${key} ${cursor}`).join(', ')
}

/** On a plain server trash, and what is deleted for ever, waits until all of its conversation is shown. */
const isOfTheWhole = ({ operations }: OutboxRecord): boolean =>
  operations.every((one) => one.kind !== 'set' || one.register === 'trashed')

/** What a device has not finished, in words. */
function unfinished(
  { name, tables }: Disk,
  isPlain: boolean,
  state?: OutboxRecord['state'],
): readonly string[] {
  if (tables === undefined) return [`${name} has no database`]
  const rows = (tables.outbox.scan({}) as OutboxRecord[]).filter(
    (row) => state === undefined || (row.state === state && (!isPlain || !isOfTheWhole(row))),
  )
  const found: string[] = []
  if (rows.length > 0)
    found.push(
      `${name} has ${rows.map((row) => `${row.state} ${row.operations.length}`).join(', ')} in its outbox`,
    )
  if (state !== undefined) return found
  const spaces = (tables.sync_metadata.scan({}) as { kind: string }[]).filter(
    (record): record is SpaceSync => record.kind === 'space',
  )
  for (const space of spaces)
    if (space.suspect || space.backoff !== null || space.parked !== null || space.bootstrap !== undefined)
      found.push(`${name} ${space.key} is not ready: ${JSON.stringify(space)}`)
  return found
}
