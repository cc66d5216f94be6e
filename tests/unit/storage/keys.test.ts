import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Key } from '../../../src/ports/storage.ts'
import { compareKeys, extractKey, isEmptyRange, isKey } from '../../../src/storage/keys.ts'

const { key } = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof(
    { depthSize: 'small' },
    fc.double({ noNaN: true }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('key'), { maxLength: 3 }),
  ),
}))

test('keys compare as IndexedDB compares them', () => {
  const factory = new IDBFactory()
  fc.assert(
    fc.property(key, key, (a, b) => {
      expect(Math.sign(compareKeys(a, b))).toBe(factory.cmp(a, b))
    }),
  )
})

test('what IndexedDB does not accept as a key is none', () => {
  for (const value of [Number.NaN, null, undefined, true, {}, [[null]], () => 1])
    expect(isKey(value)).toBe(false)
})

test('a compound key needs every member', () => {
  expect(extractKey({ a: 1, b: 'x' }, ['a', 'b'])).toEqual([1, 'x'])
  expect(extractKey({ a: 1 }, ['a', 'b'])).toBeUndefined()
  expect(extractKey({ a: 1, b: null }, ['a', 'b'])).toBeUndefined()
  expect(extractKey(Object.create({ a: 1 }), 'a')).toBeUndefined()
})

test('a range is empty when no key can lie in it', () => {
  expect(isEmptyRange({ lower: 2, upper: 1 })).toBe(true)
  expect(isEmptyRange({ lower: 1, upper: 1, upperOpen: true })).toBe(true)
  expect(isEmptyRange({ lower: 1, upper: 1 })).toBe(false)
  expect(isEmptyRange({})).toBe(false)
})
