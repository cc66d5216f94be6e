import type { Clock } from '../../ports/clock.ts'
import { SCHEMA } from '../../ports/schema.ts'
import type { Key } from '../../ports/storage.ts'
import { keyRecord } from '../key-record.ts'
import { type LostRecords, noneLost } from './lost-records.ts'
import { runTransaction, type Work } from './transaction.ts'

/*
 * A value over 64 KiB lies in a file of its own beside the database (in Chromium; over 1 MiB in Firefox). When that is gone or cut, every
 * request that would have read it fails, `getAll` as a whole, and takes its transaction along: also where its error is prevented, Chromium
 * aborts a transaction in which a read failed, in the end. So which records it was is found out in transactions of their own, and the failed
 * one runs again without reading them.
 */

/** Runs a transaction, again for each read that fails for a record that cannot be read: that record is then answered as its keys. */
export async function withoutLost<T>(
  database: IDBDatabase,
  setTimer: Clock['setTimer'],
  run: (lost: LostRecords) => Promise<T>,
): Promise<T> {
  const lost = noneLost()
  for (;;) {
    try {
      return await run(lost)
    } catch (error) {
      // That nothing can be found out says less than the first failure.
      if (!(await findLost(database, setTimer, lost).catch(() => false))) throw error
    }
  }
}

/** Finds the records for which the last read failed. Answers whether any was found: then the database as such answers. */
async function findLost(
  database: IDBDatabase,
  setTimer: Clock['setTimer'],
  lost: LostRecords,
): Promise<boolean> {
  const { failed } = lost
  if (failed === undefined) return false
  lost.failed = undefined
  const { store } = failed
  const { keyPath, indexes = {} } = SCHEMA[store]
  const inTransaction = <T>(work: Work<T>, probe = noneLost()) =>
    runTransaction(database, [store], undefined, work, setTimer, probe)

  async function canRead(keys: readonly Key[]): Promise<boolean> {
    const probe = noneLost()
    try {
      await inTransaction((tx) => Promise.all(keys.map((key) => tx.get(store, key))), probe)
      return true
    } catch (error) {
      if (probe.failed === undefined) throw error
      return false
    }
  }

  /** By halves: what fails together is read apart, down to single records. */
  async function unreadable(keys: readonly Key[]): Promise<readonly Key[]> {
    if (keys.length === 0 || (await canRead(keys))) return []
    if (keys.length === 1) return keys
    const middle = keys.length >> 1
    return [...(await unreadable(keys.slice(0, middle))), ...(await unreadable(keys.slice(middle)))]
  }

  const keys = 'key' in failed ? [failed.key] : await inTransaction((tx) => tx.keys(store, failed.options))
  const known = lost.byStore.get(store) ?? new Map<string, object>()
  const found = (await unreadable(keys)).filter((key) => !known.has(JSON.stringify(key)))
  for (const key of found) {
    const told: [string | readonly string[], Key][] = [[keyPath, key]]
    for (const [index, path] of Object.entries(indexes)) {
      const indexed = await inTransaction((tx) => tx.keyIn(store, index, key))
      if (indexed !== undefined) told.push([path, indexed])
    }
    known.set(JSON.stringify(key), keyRecord(told))
  }
  // A connection that goes away looks as if nothing could be read: it answers nothing now.
  await inTransaction((tx) => tx.count(store))
  if (known.size > 0) lost.byStore.set(store, known)
  return found.length > 0
}
