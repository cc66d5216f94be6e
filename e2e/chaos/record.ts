/** What became of a write. `unknown`: its tab or browser went before it was told. */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

/** A message, or an edit of one, whose text nothing else in this run has. */
export type Written = {
  readonly conversationId: string
  readonly messageId: string
  readonly text: string
  readonly outcome: Outcome
}

/** Everything that a run did, for its end: what has to be there, and how much of each thing happened. */
export type ChaosRecord = {
  readonly writes: readonly Written[]
  /** How often each thing happened, by its name. */
  readonly totals: ReadonlyMap<string, number>
  /** What happened, with milliseconds since the start: the log of a run that failed. */
  readonly lines: readonly string[]
  wrote(written: Written): void
  count(what: string, times?: number): void
  tell(line: string): void
}

export function createRecord(): ChaosRecord {
  const startedAt = performance.now()
  const writes: Written[] = []
  const totals = new Map<string, number>()
  const lines: string[] = []
  return {
    writes,
    totals,
    lines,
    wrote: (written) => void writes.push(written),
    count: (what, times = 1) => void totals.set(what, (totals.get(what) ?? 0) + times),
    tell: (line) => void lines.push(`${Math.round(performance.now() - startedAt)} ms ${line}`),
  }
}
