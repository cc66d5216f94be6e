import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** Settings of a database that its engine relies on without reading them. */
const RELIED_ON = new Set<unknown>(['state', 'home'])

/** Whoever changes what others may rely on says so by its number, and the numbers follow each other. */
export function checkCommit(
  world: World,
  { name, memory }: Store,
  database: string,
  changes: readonly TableChange[],
): void {
  const isWriting = changes.some(({ store, key }) =>
    store === 'settings' ? RELIED_ON.has(key) : store !== 'commits',
  )
  const numbers = new Set<number>()
  for (const { store, key, after } of changes)
    if (store === 'commits' && after !== undefined && Number(key) > 0) numbers.add(Number(key))
  const [number] = numbers
  if (number === undefined || numbers.size > 1) {
    const stores = [...new Set(changes.map(({ store }) => store))].join(', ')
    if (isWriting)
      world.fail(
        'every commit is counted',
        `${name} ${database} wrote ${stores} with ${numbers.size} numbers`,
      )
    return
  }
  const last = memory.commits.get(database)
  if (last !== undefined && number !== last + 1)
    world.fail('every commit is counted', `${name} ${database} gave ${number} after ${last}`)
  memory.commits.set(database, number)
}
