import type { Operation } from '../../src/domain/operation.ts'
import { checkPlace } from './places.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** Everything that was ever written, by whomever. */
export type Archive = {
  /** Everything that was ever written, by id. */
  readonly operations: ReadonlyMap<string, Operation>
  /** Values as their authors wrote them. */
  readonly values: ReadonlyMap<string, string>
  /** Accounts (or databases of nobody) that each operation was written for. */
  readonly databases: ReadonlyMap<string, ReadonlySet<string>>
  /** Everything that any purge names. */
  readonly purged: ReadonlySet<string>
  /** A disk holds an operation: it may be new, and has to be what it was. */
  learn(store: Store, database: string, operation: Operation, isFromElsewhere: boolean): void
}

export function createArchive(world: World): Archive {
  const operations = new Map<string, Operation>()
  const values = new Map<string, string>()
  const databases = new Map<string, Set<string>>()
  const purged = new Set<string>()

  function learn(store: Store, database: string, operation: Operation, isFromElsewhere: boolean): void {
    const known = operations.get(operation.id)
    if (known === undefined || (known.kind === 'stub' && operation.kind === 'set'))
      operations.set(operation.id, operation)
    const places = databases.get(operation.id) ?? new Set()
    databases.set(operation.id, places.add(database))
    if (operation.kind === 'purge') {
      for (const id of operation.names) {
        purged.add(id)
        if (known !== undefined || isFromElsewhere || !operations.has(id) || isSeen(store, id)) continue
        const isBelow = [...operations.values()].some(
          (above) => leadsTo(above, id) && isSeen(store, above.id),
        )
        if (!isBelow)
          world.fail(
            'a purge names only what its author had',
            `${store.name} ${database} purges ${id} unseen`,
          )
      }
    }
    if (operation.kind !== 'set') return
    checkPlace(world, operation, operations)
    const written = JSON.stringify([
      operation.register,
      operation.stamp,
      operation.overwrites,
      operation.value,
    ])
    const before = values.get(operation.id)
    if (before === undefined) values.set(operation.id, written)
    else if (before !== written)
      world.fail('an operation never changes', `${operation.id} was ${before} and is ${written}`)
  }

  return { operations, values, databases, purged, learn }
}

/**
 * Whether a disk was shown an operation or wrote it, also in another database: an account takes over what was written before it
 * signed in, and the database in which that was done is removed.
 */
export const isSeen = ({ memory }: Store, id: string): boolean =>
  memory.shown.has(id) ||
  memory.takenOver.has(id) ||
  [...memory.authored.values()].some((authored) => authored.has(id))

/** What somebody had who overwrote an operation, or who recorded it in the trash, may be purged by whoever has that. */
function leadsTo(above: Operation, id: string): boolean {
  if (above.kind === 'purge') return false
  if (above.overwrites.some((below) => below === id)) return true
  if (above.kind !== 'set' || above.register !== 'trashed') return false
  return (above.value as { heads?: readonly string[] } | null)?.heads?.includes(id) === true
}
