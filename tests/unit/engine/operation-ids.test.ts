import { expect, test } from 'vitest'
import { isOperationId } from '../../../src/domain/ids.ts'
import { type Author, operationIdsInOrder } from '../../../src/engine/author.ts'
import { createSha256Hashing } from '../../../src/hashing/sha256.ts'

const author = (mutationId: string, incarnation: string) =>
  ({ mutationId, incarnation, hashing: createSha256Hashing() }) as Author

function idsOf(mutationId: string, incarnation: string, conversationId: string, count: number): string[] {
  const next = operationIdsInOrder(author(mutationId, incarnation), conversationId)
  return Array.from({ length: count }, next)
}

test('ids that are counted on from one hash are operation ids, and no two are equal', () => {
  const ids = ['c', 'd', 'e', 'f'].flatMap((conversationId) => idsOf('m', 'store', conversationId, 5_000))
  expect(ids.every(isOperationId)).toBe(true)
  expect(new Set(ids).size).toBe(20_000)
})

test('the same act in the same store makes the same ids, another act or store makes others', () => {
  const ids = idsOf('m', 'store', 'c', 100)
  expect(idsOf('m', 'store', 'c', 100)).toEqual(ids)
  for (const other of [idsOf('n', 'store', 'c', 100), idsOf('m', 'clone', 'c', 100)])
    expect(other.filter((id) => ids.includes(id))).toEqual([])
})
