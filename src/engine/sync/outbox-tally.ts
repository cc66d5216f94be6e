import type { ErrorRecord } from '../../domain/errors.ts'
import type { OutboxState } from '../../ports/records/outbox.ts'
import type { SpaceSync } from '../../ports/records/sync.ts'
import type { ReadTransaction, WriteTransaction } from '../../ports/storage.ts'
import { type Row, readRows, visitRows } from './outbox-rows.ts'

/** What the outbox holds, as `status` tells it. */
export type Tally = {
  readonly pendingCount: number
  readonly oldestPendingAt: number | null
  readonly quarantinedCount: number
  /** The last refusal that put something aside. */
  readonly refusal: (ErrorRecord & { readonly at: number }) | null
}

type Summary = {
  readonly count: number
  readonly createdAt: number
  readonly state: OutboxState
  readonly refusal: ErrorRecord | undefined
}

/**
 * Counts the outbox of one database without reading again what it has counted: rows hold up to 256 KB each, and `status` is asked often.
 * Rows of this engine's own transactions are read again when those changed them; what other engines did is noticed by the number of
 * rows and by the cursors, which their pulls move, and has everything read.
 */
export type OutboxTally = {
  /** A transaction of which it is known which rows it changes. `settled` has to be called when it has ended, however it did. */
  watch<Tx extends WriteTransaction>(tx: Tx): { readonly tx: Tx; settled(): void }
  read(tx: ReadTransaction, spaces: readonly SpaceSync[]): Promise<Tally>
}

export function createOutboxTally(): OutboxTally {
  /** By sequence, in outbox order. */
  let known: ReadonlyMap<number, Summary> = new Map()
  let knownCursors = ''
  /** Rows to be read again, with the number of the change that says so. */
  const changed = new Map<number, number>()
  let changes = 0
  let knownChanges = 0

  function note(sequence: unknown): void {
    if (typeof sequence !== 'number') return
    changes += 1
    changed.set(sequence, changes)
  }

  return {
    watch(tx) {
      const mine: unknown[] = []
      const noteMine = (sequence: unknown) => {
        mine.push(sequence)
        note(sequence)
      }
      const watched: WriteTransaction = {
        ...tx,
        put(store, record) {
          if (store === 'outbox' && 'sequence' in record) noteMine(record.sequence)
          return tx.put(store, record)
        },
        delete(store, keyOrRange) {
          if (store === 'outbox') noteMine(keyOrRange)
          return tx.delete(store, keyOrRange)
        },
      }
      // Once more at its end: somebody may have read the old rows while it ran.
      return {
        tx: { ...tx, ...watched },
        settled: () => {
          for (const sequence of mine) note(sequence)
        },
      }
    },

    async read(tx, spaces) {
      const cursors = JSON.stringify(spaces.map(({ key, cursor }) => [key, cursor]))
      const isOfOthers = cursors !== knownCursors && changes === knownChanges
      const startedAt = changes
      const rowCount = await tx.count('outbox')
      let summaries = rowCount === 0 ? new Map<number, Summary>() : await bringUpToDate(tx, isOfOthers)
      if (summaries.size !== rowCount) summaries = await readFrom(tx, 0, new Map())
      // Other reads may have run meanwhile: each ends with what is right for it, and takes back only what it has seen.
      known = summaries
      knownCursors = cursors
      knownChanges = startedAt
      for (const [sequence, change] of changed) if (change <= startedAt) changed.delete(sequence)
      return tallyOf(summaries)
    },
  }

  async function bringUpToDate(tx: ReadTransaction, isOfOthers: boolean): Promise<Map<number, Summary>> {
    if (isOfOthers) return readFrom(tx, 0, new Map())
    const summaries = new Map(known)
    const again = [...changed.keys()].filter((sequence) => summaries.has(sequence))
    const rows = new Map((await readRows(tx, again)).map((row) => [row.sequence, row]))
    for (const sequence of again) {
      const row = rows.get(sequence)
      if (row === undefined) summaries.delete(sequence)
      else summaries.set(sequence, summaryOf(row))
    }
    const last = Math.max(0, ...[...known.keys()].slice(-1))
    return readFrom(tx, last, summaries)
  }
}

async function readFrom(
  tx: ReadTransaction,
  after: number,
  summaries: Map<number, Summary>,
): Promise<Map<number, Summary>> {
  await visitRows(
    tx,
    (row) => {
      summaries.set(row.sequence, summaryOf(row))
      return true
    },
    after,
  )
  return summaries
}

const summaryOf = ({ operations, createdAt, state, refusal }: Row): Summary => ({
  count: operations.length,
  createdAt,
  state,
  refusal,
})

function tallyOf(summaries: ReadonlyMap<number, Summary>): Tally {
  let pendingCount = 0
  let quarantinedCount = 0
  let oldestPendingAt: number | null = null
  let refusal: Tally['refusal'] = null
  for (const row of summaries.values()) {
    pendingCount += row.count
    oldestPendingAt = Math.min(oldestPendingAt ?? row.createdAt, row.createdAt)
    if (row.state !== 'quarantined') continue
    quarantinedCount += row.count
    if (row.refusal !== undefined) refusal = { ...row.refusal, at: row.createdAt }
  }
  return { pendingCount, oldestPendingAt, quarantinedCount, refusal }
}
