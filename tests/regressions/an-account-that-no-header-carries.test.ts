import { afterEach, expect, test } from 'vitest'
import { accountToHeader, headerToAccount } from '../../src/domain/account-header.ts'
import { aDevice } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

const IDS = [
  'anna',
  'anna@example.com',
  '王小明',
  'Jürgen',
  ' anna',
  'anna ',
  'an na',
  '100%',
  '100%25',
  '%E7',
]

// A browser refuses a header with letters beyond Latin-1, and takes blanks off its ends: such an account was never synced, and told to be offline.
test.each(IDS)('what the account “%s” writes reaches its other device', async (accountId) => {
  const cloud = await aRealCloud()
  cloud.session.accountId = accountId
  const device = await aDevice({ network: cloud, accountId })
  await device.say('c', 'one')
  await device.drain('save')
  expect(await device.outbox()).toEqual([])
  const other = await aDevice({ network: cloud, accountId, name: 'other', seed: 9 })
  await other.drain('start')
  expect(await other.texts('c')).toEqual(['one'])
})

test('no two accounts look the same in the header, and each is read back', () => {
  expect(new Set(IDS.map(accountToHeader)).size).toBe(IDS.length)
  expect(IDS.map((id) => headerToAccount(new Headers({ a: accountToHeader(id) }).get('a') ?? ''))).toEqual(
    IDS,
  )
  expect(headerToAccount('%')).toBeNull()
})
