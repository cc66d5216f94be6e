import type { TextStorage } from './text-storage.ts'

/** A key and the text to write there; null removes it. */
export type TextChange = readonly [key: string, text: string | null]

/** Where a database keeps what makes its writes atomic. */
export type JournalKeys = {
  /** Present only while a write is unfinished. */
  readonly journal: string
  /** Room that is kept free for the journal of deletions, so that they work when the storage is full. */
  readonly reserve: string
}

const RESERVE_UNITS = 32_768

/**
 * Writes several keys of a `localStorage` so that all of them change or none. Before the first write the journal gets what it
 * takes to finish the change or to undo it, whichever is shorter, so that inserting needs no room for a second copy. Removing
 * the journal is the commit. Throws `storage/quota` with nothing changed.
 */
export function writeAtomically(
  storage: TextStorage,
  keys: JournalKeys,
  changes: readonly TextChange[],
): void {
  const before: readonly TextChange[] = changes.map(([key]) => [key, storage.getItem(key)])
  writeJournal(storage, keys, before, changes)
  try {
    apply(storage, changes)
  } catch (error) {
    try {
      apply(storage, before)
      storage.removeItem(keys.journal)
    } catch {
      // The journal stays, and the next transaction settles it.
    }
    throw error
  }
  storage.removeItem(keys.journal)
  keepReserve(storage, keys)
}

function writeJournal(
  storage: TextStorage,
  keys: JournalKeys,
  before: readonly TextChange[],
  after: readonly TextChange[],
): void {
  const [finishing, undoing] = [JSON.stringify(after), JSON.stringify(before)]
  const journal = finishing.length < undoing.length ? finishing : undoing
  try {
    storage.setItem(keys.journal, journal)
  } catch (error) {
    if (unitsOf(after) >= unitsOf(before)) throw error
    storage.removeItem(keys.reserve)
    try {
      storage.setItem(keys.journal, journal)
    } catch {
      keepReserve(storage, keys)
      throw error
    }
  }
}

function keepReserve(storage: TextStorage, { reserve }: JournalKeys): void {
  if (storage.getItem(reserve) !== null) return
  try {
    storage.setItem(reserve, ' '.repeat(RESERVE_UNITS))
  } catch {
    // As full as before; the next deletion makes room for it.
  }
}

function unitsOf(changes: readonly TextChange[]): number {
  return changes.reduce((units, [, text]) => units + (text?.length ?? 0), 0)
}

/** Finishes or undoes a write that was cut off; true when there was one. */
export function settleJournal(storage: TextStorage, { journal: journalKey }: JournalKeys): boolean {
  const journal = storage.getItem(journalKey)
  if (journal === null) return false
  apply(storage, parseJournal(journal))
  storage.removeItem(journalKey)
  return true
}

/** Removes before it writes, so that a full storage can take what it had room for. */
function apply(storage: TextStorage, changes: readonly TextChange[]): void {
  for (const [key] of changes) storage.removeItem(key)
  for (const [key, text] of changes) if (text !== null) storage.setItem(key, text)
}

/** A journal that was cut off while it was written has changed nothing yet. */
function parseJournal(journal: string): readonly TextChange[] {
  try {
    return JSON.parse(journal) as readonly TextChange[]
  } catch {
    return []
  }
}
