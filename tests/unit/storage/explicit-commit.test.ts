import { expect, test } from 'vitest'
import { mayCommitEarly } from '../../../src/storage/indexeddb/explicit-commit.ts'

const SYSTEM = 'Mozilla/5.0 (X11; Linux x86_64'

test.each([
  ['Chromium', `${SYSTEM}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36`],
  ['Chromium without a window', `${SYSTEM}) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0`],
  ['Edge', `${SYSTEM}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0`],
])('commits early in %s', (_, userAgent) => {
  expect(mayCommitEarly(userAgent)).toBe(true)
})

test.each([
  ['Firefox', `${SYSTEM}; rv:153.0) Gecko/20100101 Firefox/153.0`],
  ['WebKit', `${SYSTEM}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15`],
  [
    "Chrome on Apple's phones, which is WebKit",
    'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile/15E148',
  ],
  ['a browser that does not tell', ''],
])('lets %s commit by itself', (_, userAgent) => {
  expect(mayCommitEarly(userAgent)).toBe(false)
})
