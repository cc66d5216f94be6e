import type { Key } from '../ports/storage.ts'

type KeyPath = string | readonly string[]

/**
 * What is left of a record that cannot be read: the properties that its keys tell, its own and those in indexes, and no others. Whoever relies on
 * more sets it aside: see `engine/mending`.
 */
export function keyRecord(keys: readonly (readonly [path: KeyPath, key: Key])[]): object {
  return Object.fromEntries(
    keys.flatMap(([path, key]) =>
      [path].flat().map((name, at) => [name, typeof key === 'object' ? key[at] : key]),
    ),
  )
}
