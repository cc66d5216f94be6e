import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createBrowserRandom } from '../../../src/browser/random.ts'
import { createSha256Hashing } from '../../../src/hashing/sha256.ts'

test.each(['', 'hello', '你好 👋', 'x'.repeat(10_000)])('hashes %j as Node does', (text) => {
  const expected = createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url')
  expect(createSha256Hashing().hash(text)).toBe(expected)
})

test('ids are 22 characters of base64url and numbers lie in [0, 1)', () => {
  const random = createBrowserRandom()
  const ids = Array.from({ length: 100 }, random.id)
  expect(new Set(ids).size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
  for (let n = 0; n < 100; n++) {
    const number = random.number()
    expect(number >= 0 && number < 1).toBe(true)
  }
})
