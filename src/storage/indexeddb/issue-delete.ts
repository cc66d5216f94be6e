import type { Key, Range } from '../../ports/storage.ts'
import { isEmptyRange } from '../keys.ts'
import { toKeyRange } from './scan.ts'

/** Deletes a record, or all in a range. */
export function issueDelete(from: IDBObjectStore, keyOrRange: Key | { readonly range: Range }): void {
  if (typeof keyOrRange !== 'object' || !('range' in keyOrRange)) {
    from.delete(toIdbKey(keyOrRange))
    return
  }
  if (isEmptyRange(keyOrRange.range)) return
  const range = toKeyRange(keyOrRange.range)
  if (range === undefined) from.clear()
  else from.delete(range)
}

export function toIdbKey(key: Key): IDBValidKey {
  return key as IDBValidKey
}
