import { RecordExists, type WriteTransaction } from '../ports/storage.ts'

/*
 * Numbers in blocks of `KEPT`. When a block and the one after it are full, its numbers are deleted, and a seal is left under the block's
 * own number, below zero:  -1  -2 … | 129 130 … 192 | 193 …  A context that slept so long that the number after the one it knew is
 * deleted would find it free: it finds the seal.
 */
const KEPT = 64

const blockOf = (number: number): number => Math.ceil(number / KEPT)

/** Numbers a transaction that relies on nothing. Answers its number. */
export async function countCommit(tx: WriteTransaction, by: string): Promise<number> {
  const number = Number(await tx.put('commits', { by }))
  sealOld(tx, number, by)
  return number
}

/** Numbers a transaction that is right only if it is the next one after a commit: else it fails with `RecordExists`. */
export async function commitAfter(tx: WriteTransaction, known: number, by: string): Promise<number> {
  const number = known + 1
  const seal = -blockOf(number)
  tx.add('commits', { number: seal, by }).catch(() => {}) // It fails the transaction.
  tx.delete('commits', seal).catch(() => {})
  tx.add('commits', { number, by }).catch(() => {}) // It fails the transaction.
  sealOld(tx, number, by)
  return number
}

/**
 * As `commitAfter`, where that commit is one of our own that is still on its way. It may fail, and another context may take its number: so
 * whose it is has to be seen, and the answer waited for.
 */
export async function commitAfterOurs(tx: WriteTransaction, expected: number, by: string): Promise<number> {
  const [number, before] = await Promise.all([countCommit(tx, by), tx.get('commits', expected)])
  if (number !== expected + 1 || before?.by !== by)
    throw new RecordExists('What was to be committed before was not.')
  return number
}

function sealOld(tx: WriteTransaction, number: number, by: string): void {
  const block = blockOf(number) - 1
  if (number % KEPT !== 0 || block < 1) return
  tx.put('commits', { number: -block, by }).catch(() => {})
  const range = { lower: (block - 1) * KEPT, lowerOpen: true, upper: block * KEPT }
  tx.delete('commits', { range }).catch(() => {})
}
