import type { Operation } from '../../src/domain/operation.ts'
import { expectedHeads } from './expected-heads.ts'
import type { Stage } from './history.ts'
import type { Tab } from './tab.ts'
import { type Holding, holdingOf, rowToOperation } from './verdict.ts'

/**
 * While some wait in quarantine the rest has to be right: what nobody overwrote in the cloud shows on every device that has nothing
 * aside (or counts there, where its value was freed), and of what shows on a device the cloud has the value.
 */
export async function judgeHalfway(stage: Stage, account: string, tabs: readonly Tab[]): Promise<void> {
  const { world, ledger, cloud } = stage
  if (stage.weather.filter === null || world.broken !== undefined) return
  const holdings: Holding[] = []
  for (const tab of tabs) void holdingOf(stage, tab).then((holding) => holdings.push(holding))
  await world.runUntil(world.now() + 60_000)
  const rows = (await cloud.rows()).filter((row) => row.account === account && row.live === 1)
  const operations = rows.map(rowToOperation)
  const expected = expectedHeads(operations, ledger)
  const purged = new Set<string>()
  for (const operation of operations)
    if (operation.kind === 'purge') for (const id of operation.names) purged.add(id)
  const stubs = new Set<string>(operations.filter(({ kind }) => kind === 'stub').map(({ id }) => id))
  for (const { tab, database, operations: held } of holdings) {
    if (isBusy(tab, database)) continue
    const freed = freedIn(tab, database)
    for (const id of expected) {
      if (held.get(id as Operation['id'])?.kind !== 'set' && !freed.has(id))
        world.fail('nothing is hidden, halfway', `${id} is no head on ${tab.name}`)
    }
    for (const { id, kind } of held.values()) {
      if (kind === 'set' && stubs.has(id) && !purged.has(id))
        world.fail(
          'durability: of a head the cloud has the value',
          `${id} is a stub there, and a head on ${tab.name}`,
        )
    }
  }
}

/** Heads that have their values in the cloud only, as what was committed on this disk tells. */
function freedIn({ browser: { store } }: Tab, database: string): ReadonlySet<string> {
  const freed = new Set<string>()
  for (const [register, ids] of store.memory.lacking)
    if (register.startsWith(`${database} `)) for (const id of ids) freed.add(id)
  return freed
}

function isBusy(tab: Tab, database: string): boolean {
  const tables = tab.browser.storage.snapshot().get(database)
  return tables === undefined || tables.outbox.scan({}).length > 0
}
