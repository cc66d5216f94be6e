import type { OutboxRecord, SpaceSync } from '../../src/ports/records.ts'
import type { Stage } from './history.ts'
import type { Tab } from './tab.ts'
import { createTab } from './tab.ts'
import { judge } from './verdict.ts'

/** Longest that anything under way can take: a late delivery, a `Retry-After`. */
const AFTERMATH_MS = 3 * 60 * 60_000
/** So many rounds of waking everybody have to be enough for any queue. */
const MOST_ROUNDS = 8
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
      void tab.open().then(() => tab.host('signedIn', { accountId: account }))
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
    for (const tab of tabs) void syncOne(tab)
    await world.runUntil(world.now() + ROUND_MS)
    left = tabs.flatMap(unfinished)
    if (round > 0 && left.length === 0) return
  }
  world.fail('liveness: queues empty and cursors arrive', left.join('; '))
  if (world.broken !== undefined) throw world.broken
}

async function syncOne(tab: Tab): Promise<void> {
  for (const { sequence } of (await tab.call('listQuarantined', {})) ?? [])
    await tab.call('retryQuarantined', { sequence })
  await tab.call('syncNow', {})
}

/** What a device has not finished, in words. */
function unfinished(tab: Tab): readonly string[] {
  const tables = tab.browser.storage.snapshot().get(tab.session()?.database ?? '')
  if (tables === undefined) return [`${tab.name} has no database`]
  const rows = tables.outbox.scan({}) as OutboxRecord[]
  const spaces = (tables.sync_metadata.scan({}) as { kind: string }[]).filter(
    (record): record is SpaceSync => record.kind === 'space',
  )
  const found: string[] = []
  if (rows.length > 0)
    found.push(
      `${tab.name} has ${rows.map((row) => `${row.state} ${row.operations.length}`).join(', ')} in its outbox`,
    )
  for (const space of spaces)
    if (space.suspect || space.backoff !== null || space.parked !== null)
      found.push(`${tab.name} ${space.key} is not ready: ${JSON.stringify(space)}`)
  return found
}
