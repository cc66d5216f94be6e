import { expect, test } from 'vitest'
import { createSessionCache } from '../../../server/auth/session-cache.ts'

const aRequest = (token: string) =>
  new Request('http://cloud.test/', { headers: { Authorization: `Bearer ${token}` } })

function aCache() {
  const asked: (string | null)[] = []
  const signedIn = new Set(['anna', 'ben'])
  let time = 1_000
  const cache = createSessionCache({
    ttlMs: 5_000,
    now: () => time,
    async find(headers) {
      const token = headers.get('Authorization')?.replace('Bearer ', '') ?? null
      asked.push(token)
      return token !== null && signedIn.has(token) ? { accountId: token } : null
    },
  })
  return {
    cache,
    asked,
    signedIn,
    setTime: (changed: number) => {
      time = changed
    },
  }
}

test('a session is looked up once while it is fresh, and again afterwards', async () => {
  const { cache, asked, setTime } = aCache()
  expect(await cache.authenticate(aRequest('anna'))).toEqual({ accountId: 'anna' })
  setTime(5_999)
  expect(await cache.authenticate(aRequest('anna'))).toEqual({ accountId: 'anna' })
  expect(asked).toEqual(['anna'])
  setTime(6_000)
  await cache.authenticate(aRequest('anna'))
  expect(asked).toEqual(['anna', 'anna'])
})

test('nobody is served another one’s session', async () => {
  const { cache } = aCache()
  expect(await cache.authenticate(aRequest('anna'))).toEqual({ accountId: 'anna' })
  expect(await cache.authenticate(aRequest('ben'))).toEqual({ accountId: 'ben' })
  expect(await cache.authenticate(aRequest('carl'))).toBeNull()
  expect(await cache.authenticate(new Request('http://cloud.test/'))).toBeNull()
})

test('a session that ended is gone at once, also when it was being looked up', async () => {
  const { cache, signedIn } = aCache()
  const lookedUp = cache.authenticate(aRequest('anna'))
  signedIn.delete('anna')
  cache.clear()
  await lookedUp
  expect(await cache.authenticate(aRequest('anna'))).toBeNull()
})

test('a clock that is set back does not lengthen a session’s stay', async () => {
  const { cache, asked, setTime } = aCache()
  setTime(1_000_000)
  await cache.authenticate(aRequest('anna'))
  setTime(1_000)
  await cache.authenticate(aRequest('anna'))
  expect(asked).toEqual(['anna', 'anna'])
})
