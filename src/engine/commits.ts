import type { WriteTransaction } from '../ports/storage.ts'

/*
 * Numbers in blocks of `KEPT`. When a block and the one after it are full, its numbers are deleted, and a seal is left under the block's
 * own number, below zero:  -1  -2 … | 129 130 … 192 | 193 …  A context that slept so long that the number after the one it knew is
 * deleted would find it free: it finds the seal.
 */
const KEPT = 64

const blockOf = (number: number): number => Math.ceil(number / KEPT)

/** Numbers a transaction that relies on nothing. Answers its number. */
export async function countCommit(tx: WriteTransaction): Promise<number> {
  const number = Number(await tx.put('commits', {}))
  sealOld(tx, number)
  return number
}

/** Numbers a transaction that is right only if it is the next one after a commit: else it fails with `RecordExists`. */
export function commitAfter(tx: WriteTransaction, known: number): number {
  const number = known + 1
  const seal = -blockOf(number)
  tx.add('commits', { number: seal }).catch(() => {}) // It fails the transaction.
  tx.delete('commits', seal).catch(() => {})
  tx.add('commits', { number }).catch(() => {}) // It fails the transaction.
  sealOld(tx, number)
  return number
}

function sealOld(tx: WriteTransaction, number: number): void {
  const block = blockOf(number) - 1
  if (number % KEPT !== 0 || block < 1) return
  tx.put('commits', { number: -block }).catch(() => {})
  const range = { lower: (block - 1) * KEPT, lowerOpen: true, upper: block * KEPT }
  tx.delete('commits', { range }).catch(() => {})
}
