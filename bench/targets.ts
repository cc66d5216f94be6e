/** A row of the report: what is compared, with whom, and what `performance.md` aims at. */
export type Target = {
  readonly row: string
  /** Compared with this contender. */
  readonly against: 'raw' | 'dexie'
  readonly atMost: number
  /** Of ours, what is over the time of a call that does nothing: nobody promises that a worker is as near as the page. */
  readonly withoutHop?: true
  /** Has to be reached now. */
  readonly required?: true
  /** Rows of the contenders when they are named differently. */
  readonly note?: string
}

export const TARGETS: readonly Target[] = [
  {
    row: 'append',
    against: 'raw',
    atMost: 1.25,
    note: 'one strict transaction of three puts',
  },
  {
    row: 'append',
    against: 'raw',
    atMost: 1,
    withoutHop: true,
    required: true,
    note: 'without the worker hop',
  },
  { row: 'append', against: 'dexie', atMost: 1 },
  { row: 'burst of 32, per message', against: 'raw', atMost: 0.5, note: 'raw: relaxed, one by one' },
  { row: 'load 1,000', against: 'raw', atMost: 0.67, required: true, note: 'never read before' },
  { row: 'load 1,000', against: 'dexie', atMost: 0.7 },
  { row: 'load 1,000 again', against: 'raw', atMost: 0.2 },
  { row: 'newest 50', against: 'raw', atMost: 1.1 },
  {
    row: 'newest 50',
    against: 'raw',
    atMost: 1,
    withoutHop: true,
    required: true,
    note: 'without the worker hop',
  },
  { row: 'list 50 of 10,000', against: 'dexie', atMost: 1 },
  { row: 'import 10,000', against: 'raw', atMost: 0.2, required: true },
  { row: 'import 10,000', against: 'dexie', atMost: 0.25 },
  { row: 'import 10,000, queued', against: 'raw', atMost: 0.2, note: 'a row in the queue for each message' },
  { row: 'import 10,000, queued', against: 'dexie', atMost: 0.25 },
  {
    row: 'streaming, main thread',
    against: 'dexie',
    atMost: 0.35,
    note: 'of 10 s, above a page that saves nothing',
  },
  {
    row: 'streaming through the hook, main thread',
    against: 'dexie',
    atMost: 0.35,
    note: 'written every 300 ms, the others 30 times a second',
  },
  { row: 'disk 10,000', against: 'dexie', atMost: 0.9 },
  { row: 'disk 100,000', against: 'dexie', atMost: 0.9 },
]

/** Rows with a limit of their own, in the unit of the row. */
export const LIMITS: Readonly<Record<string, number>> = {
  'list again': 0.1,
  'load 1,000': 100,
}
