import type { StoreName, StoreRecords } from '../ports/records.ts'
import { SCHEMA } from '../ports/schema.ts'
import type { Key } from '../ports/storage.ts'

/**
 * What is left of a record that cannot be read: the properties that its key tells, and its keys in indexes (by the index's name), and no
 * others. Whoever relies on more sets it aside: see `engine/mending`.
 */
export function keyRecord<S extends StoreName>(
  store: S,
  key: Key,
  indexKeys: ReadonlyMap<string, Key> = new Map(),
): StoreRecords[S] {
  const { keyPath, indexes = {} } = SCHEMA[store]
  const properties: Record<string, unknown> = {}
  const tell = (path: string | readonly string[], told: Key) => {
    if (typeof path === 'string') properties[path] = told
    else if (typeof told === 'object') for (const [at, name] of path.entries()) properties[name] = told[at]
  }
  for (const [name, path] of Object.entries(indexes)) {
    const told = indexKeys.get(name)
    if (told !== undefined) tell(path, told)
  }
  tell(keyPath, key)
  return properties as StoreRecords[S]
}
