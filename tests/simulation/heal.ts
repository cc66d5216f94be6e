import type { OutboxRecord, SpaceSync } from '../../src/ports/records.ts'
import type { Stage } from './history.ts'
import type { Tab } from './tab.ts'
import { createTab } from './tab.ts'
import { judge } from './verdict.ts'

/** Longest that anything under way can take: a late delivery, a `Retry-After`. */
const AFTERMATH_MS = 3 * 60 * 60_000
/** So many rounds of waking everybody have to be enough for any queue. */
const MOST_ROUNDS = 9
const ROUND_MS = 6 * 60_000

/** All faults stop, everybody comes online and signs in; within a bounded number of cycles everything has to be everywhere. */
export async function heal(stage: Stage): Promise<void> {
  const { world, weather, devices, cloud } = stage
  world.note(() => 'healing')
  world.hasFaults = false
  cloud.dieAfter(Number.POSITIVE_INFINITY)
  for (const device of devices) {
    for (const tab of device.tabs) tab.close()
    device.browser.crash()
    device.tabs = []
    device.browser.isOnline = true
  }
  await world.runUntil(world.now() + AFTERMATH_MS)
  for (const account of weather.accounts) {
    const tabs: Tab[] = []
    for (const { browser } of devices) {
      browser.cookies.accountId = account
      const tab = createTab(stage, browser)
      tabs.push(tab)
      void tab
        .open()
        .then(() => tab.host('signedIn', { accountId: account }))
        .then(() => tab.wakeUps.run('signed-in'))
    }
    await world.runUntil(world.now() + 60_000)
    await syncAll(stage, tabs)
    await judge(stage, account, tabs)
    for (const tab of tabs) tab.close()
    for (const { browser } of devices) browser.crash()
  }
}

async function syncAll(stage: Stage, tabs: readonly Tab[]): Promise<void> {
  const { world } = stage
  let left: readonly string[] = []
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // What was put aside may not hold up the rest: only from the third round on a person puts it back.
    for (const tab of tabs) void syncOne(tab, round > 1)
    await world.runUntil(world.now() + ROUND_MS)
    if (round === 1) {
      left = tabs.flatMap((tab) => unfinished(tab, 'waiting'))
      if (left.length > 0) world.fail('liveness: the rest goes on', left.join('; '))
    }
    left = tabs.flatMap((tab) => unfinished(tab))
    if (round > 1 && left.length === 0 && new Set(tabs.map(cursorsOf)).size === 1) return
  }
  world.fail('liveness: queues empty and cursors arrive', [...left, ...tabs.map(cursorsOf)].join('; '))
  if (world.broken !== undefined) throw world.broken
}

async function syncOne(tab: Tab, isReleasing: boolean): Promise<void> {
  if (isReleasing)
    for (const { sequence } of (await tab.call('listQuarantined', {})) ?? [])
      await tab.call('retryQuarantined', { sequence })
  await tab.call('syncNow', {})
}

/** Where a device stands in the logs of its account. */
function cursorsOf(tab: Tab): string {
  const records =
    tab.browser.storage
      .snapshot()
      .get(tab.session()?.database ?? '')
      ?.sync_metadata.scan({}) ?? []
  const spaces = (records as SpaceSync[]).filter(({ key, cursor }) => key.startsWith('s:') && cursor !== '0')
  return spaces.map(({ key, cursor }) => `${key} ${cursor}`).join(', ')
}

/** What a device has not finished, in words. */
function unfinished(tab: Tab, state?: OutboxRecord['state']): readonly string[] {
  const tables = tab.browser.storage.snapshot().get(tab.session()?.database ?? '')
  if (tables === undefined) return [`${tab.name} has no database`]
  const rows = (tables.outbox.scan({}) as OutboxRecord[]).filter(
    (row) => state === undefined || row.state === state,
  )
  const spaces = (tables.sync_metadata.scan({}) as { kind: string }[]).filter(
    (record): record is SpaceSync => record.kind === 'space',
  )
  const found: string[] = []
  if (rows.length > 0)
    found.push(
      `${tab.name} has ${rows.map((row) => `${row.state} ${row.operations.length}`).join(', ')} in its outbox`,
    )
  if (state !== undefined) return found
  for (const space of spaces)
    if (space.suspect || space.backoff !== null || space.parked !== null)
      found.push(`${tab.name} ${space.key} is not ready: ${JSON.stringify(space)}`)
  return found
}
