import type { TableChange } from '../../src/storage/tables/table-transaction.ts'
import type { World } from './world.ts'

/** Settings of a database that its engine relies on without reading them. */
const RELIED_ON = new Set<unknown>(['state', 'home'])

/** Whoever changes what others may rely on says so by its number, and each number is given once. */
export function checkCommit(world: World, where: string, changes: readonly TableChange[]): void {
  const isWriting = changes.some(({ store, key }) =>
    store === 'settings' ? RELIED_ON.has(key) : store !== 'commits',
  )
  const numbers = changes.filter(({ store, after }) => store === 'commits' && after !== undefined)
  if (isWriting && numbers.length !== 1) {
    const stores = [...new Set(changes.map(({ store }) => store))].join(', ')
    world.fail('every commit is counted', `${where} wrote ${stores} with ${numbers.length} numbers`)
  }
  if (numbers.some(({ before }) => before !== undefined))
    world.fail('every commit is counted', `${where} gave a number again`)
}
