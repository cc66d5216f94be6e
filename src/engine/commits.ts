import type { WriteTransaction } from '../ports/storage.ts'

/** How many numbers of commits are kept, at most twice as many. */
const KEPT = 64

/** Numbers a transaction that relies on nothing. Answers its number. */
export async function countCommit(tx: WriteTransaction): Promise<number> {
  const number = Number(await tx.put('commits', {}))
  forgetOld(tx, number)
  return number
}

/** Numbers a transaction that is right only if it is the next one after a commit: else it fails with `RecordExists`. */
export function commitAfter(tx: WriteTransaction, known: number): number {
  const number = known + 1
  tx.add('commits', { number }).catch(() => {}) // It fails the transaction.
  forgetOld(tx, number)
  return number
}

function forgetOld(tx: WriteTransaction, number: number): void {
  if (number % KEPT === 0) tx.delete('commits', { range: { upper: number - KEPT } }).catch(() => {})
}
