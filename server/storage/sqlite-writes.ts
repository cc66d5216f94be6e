import type { DatabaseSync } from 'node:sqlite'

/** A group ends here, so that other requests get their turn; what is left over goes into the next one. */
const GROUP_MS = 40

/** Runs the work in one transaction and rolls it back when it throws. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('begin immediate')
  try {
    const result = work()
    database.exec('commit')
    return result
  } catch (error) {
    rollBack(database)
    throw error
  }
}

export type GroupedWrites = {
  /** Resolves when the transaction that holds the work is on the disk; rejects with what the work threw, written nothing. */
  run<Result>(work: () => Result): Promise<Result>
  /** Runs everything that waits, now. */
  flush(): void
}

type Job = { readonly run: () => () => void; readonly fail: (error: unknown) => void }

/**
 * Puts what is written in the same turn of the event loop into one transaction, since most of a small write's time is the
 * wait for the disk. Each work has a savepoint of its own. If the transaction as a whole fails, its members run again
 * one by one: so work must not touch anything but the database.
 */
export function createGroupedWrites(database: DatabaseSync): GroupedWrites {
  let waiting: Job[] = []
  let isScheduled = false

  function schedule() {
    if (isScheduled) return
    isScheduled = true
    setImmediate(() => {
      isScheduled = false
      runGroup(GROUP_MS)
      if (waiting.length > 0) schedule()
    })
  }

  function runGroup(budgetMs: number) {
    const jobs = waiting
    waiting = []
    if (jobs.length === 0) return
    const endsAt = performance.now() + budgetMs
    const settled: (() => void)[] = []
    let taken = 0
    try {
      inTransaction(database, () => {
        do {
          const job = jobs[taken]
          if (job === undefined) break
          taken += 1
          settled.push(withSavepoint(database, job))
        } while (performance.now() < endsAt)
      })
    } catch {
      // Not lost: each member runs again alone, and the one that cannot be written says why.
      for (const job of jobs) runAlone(database, job)
      return
    }
    waiting = [...jobs.slice(taken), ...waiting]
    for (const settle of settled) settle()
  }

  return {
    run<Result>(work: () => Result): Promise<Result> {
      return new Promise((resolve, reject) => {
        const run = () => {
          const result = work()
          return () => resolve(result)
        }
        waiting.push({ run, fail: reject })
        schedule()
      })
    },
    flush: () => runGroup(Number.POSITIVE_INFINITY),
  }
}

function withSavepoint(database: DatabaseSync, { run, fail }: Job): () => void {
  database.exec('savepoint member')
  try {
    const settle = run()
    database.exec('release member')
    return settle
  } catch (error) {
    // Throws when SQLite has rolled the whole transaction back by itself (a full disk): then the group runs one by one.
    database.exec('rollback to member; release member')
    return () => fail(error)
  }
}

function runAlone(database: DatabaseSync, { run, fail }: Job): void {
  try {
    inTransaction(database, run)()
  } catch (error) {
    fail(error)
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('rollback')
  } catch {
    // SQLite has rolled back by itself, as it does after some errors (a full disk).
  }
}
