import type { TextStorage } from './text-storage.ts'

/** A key and the text to write there; null removes it. */
export type TextChange = readonly [key: string, text: string | null]

/**
 * Writes several keys of a `localStorage` so that all of them change or none. Before the first write the journal's key gets what
 * it takes to finish the change or to undo it, whichever is shorter: so inserting needs no room for a second copy, and
 * deleting works when the storage is full. Removing the journal is the commit. Throws `storage/quota` with nothing changed.
 */
export function writeAtomically(
  storage: TextStorage,
  journalKey: string,
  changes: readonly TextChange[],
): void {
  const before: readonly TextChange[] = changes.map(([key]) => [key, storage.getItem(key)])
  const [finishing, undoing] = [JSON.stringify(changes), JSON.stringify(before)]
  storage.setItem(journalKey, finishing.length < undoing.length ? finishing : undoing)
  try {
    apply(storage, changes)
  } catch (error) {
    try {
      apply(storage, before)
      storage.removeItem(journalKey)
    } catch {
      // The journal stays, and the next transaction settles it.
    }
    throw error
  }
  storage.removeItem(journalKey)
}

/** Finishes or undoes a write that was cut off; true when there was one. */
export function settleJournal(storage: TextStorage, journalKey: string): boolean {
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
