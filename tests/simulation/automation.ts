import type { OutboxRecord } from '../../src/ports/records/outbox.ts'
import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Store } from './store.ts'
import { LEAST_DAYS } from './upkeep.ts'
import type { World } from './world.ts'

const DAY_MS = 24 * 60 * 60_000
const MAX_DISAGREEMENT_MS = 10 * 60_000
/** The way of an answer, and a rule that was on its way when a clock was set. */
const TOLERANCE_MS = 60_000

/**
 * What happens by itself waits for the cloud's clock: nothing while this device's clock is wrong, and nothing is deleted that the cloud
 * has not had in the trash for long enough. Called before the heads of the commit are noted.
 */
export function checkAutomation(
  world: World,
  store: Store,
  database: string,
  changes: readonly TableChange[],
  clock: { readonly offset: number; readonly receivedAt: ReadonlyMap<string, number> },
  /** Operations that were written before, by whomever. */
  known: { has(id: string): boolean },
): void {
  if (store.clock.offset !== clock.offset) store.clock = { offset: clock.offset, since: world.now() }
  const isLongWrong =
    Math.abs(clock.offset) > MAX_DISAGREEMENT_MS + TOLERANCE_MS &&
    world.now() - store.clock.since > TOLERANCE_MS
  if (!database.includes(':account-')) return
  for (const { store: table, before, after } of changes) {
    if (table !== 'outbox' || before !== undefined || after === undefined) continue
    const { mutationId, conversationId, operations } = after as OutboxRecord
    if (!mutationId.startsWith('retention-')) continue
    // A row that an account takes over, or that is cut in two, was written when it was allowed.
    if (operations.every(({ id }) => known.has(id))) continue
    if (isLongWrong)
      world.fail('no automation under a wrong clock', `${store.name} is off by ${clock.offset} ms`)
    if (!operations.some(({ kind }) => kind === 'purge')) continue
    for (const id of store.memory.heads.get(`${database} ${conversationId} trashed`) ?? []) {
      const since = clock.receivedAt.get(id)
      const isOver = since !== undefined && world.now() - since > LEAST_DAYS * DAY_MS - MAX_DISAGREEMENT_MS
      if (!isOver)
        world.fail(
          'automation waits for the trash that is',
          `${store.name} purges ${conversationId}; the cloud has ${id} since ${since ?? 'never'}`,
        )
    }
  }
}
