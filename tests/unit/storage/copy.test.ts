import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyRecord } from '../../../src/storage/tables/copy.ts'

test('a copy equals what structuredClone makes, and shares nothing with the original', () => {
  fc.assert(
    fc.property(
      fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true }),
      (value) => {
        expect(copyRecord(value)).toEqual(structuredClone(value))
      },
    ),
  )
  const original = { list: [{ a: 1 }] }
  const copied = copyRecord(original)
  expect(copied.list[0]).not.toBe(original.list[0])
})

test('what cannot be cloned is refused wherever it stands', () => {
  for (const value of [() => 1, { a: Symbol('x') }, [[{ deep: () => 1 }]]]) {
    expect(() => copyRecord(value)).toThrow(DOMException)
  }
})

test('cycles and an own __proto__ property are copied as structuredClone copies them', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  const copied = copyRecord(cycle)
  expect(copied.self).toBe(copied)
  const odd = JSON.parse('{"__proto__":{"polluted":true}}') as Record<string, unknown>
  expect(Object.hasOwn(copyRecord(odd), '__proto__')).toBe(true)
  expect(copyRecord(odd).polluted).toBeUndefined()
})
