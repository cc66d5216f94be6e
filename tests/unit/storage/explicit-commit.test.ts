import { expect, test } from 'vitest'
import { mayCommitEarly } from '../../../src/storage/indexeddb/explicit-commit.ts'

const brands = (...names: string[]) => ({ userAgentData: { brands: names.map((brand) => ({ brand })) } })

test.each([
  ['Chromium', brands('Not:A-Brand', 'Chromium')],
  ['Edge', brands('Microsoft Edge', 'Not:A-Brand', 'Chromium')],
])('commits early in %s', (_, navigator) => {
  expect(mayCommitEarly(navigator)).toBe(true)
})

const spoofed = {
  userAgent: 'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
}

test.each([
  ['Firefox and WebKit, which tell no brand,', {}],
  ['Firefox under the name of Chrome', spoofed],
  ['a browser that hides its brand', brands()],
])('lets %s commit by itself', (_, navigator) => {
  expect(mayCommitEarly(navigator)).toBe(false)
})
