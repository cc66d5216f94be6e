import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/domain/errors.ts'

test('docs/errors.md has each code that an app can meet, and no other', () => {
  const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  const cells = text.split('\n').flatMap((line) => /^\| (`.*?`) \|/.exec(line)?.[1] ?? [])
  const codes = cells.flatMap((cell) => cell.match(/[a-z]+(\/[a-z-]+)?/g) ?? [])
  expect(codes.toSorted()).toEqual([...ERROR_CODES].toSorted())
})
