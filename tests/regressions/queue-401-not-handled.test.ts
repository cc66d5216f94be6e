import { expect, test } from 'vitest'
import type { NetworkRequest } from '../../src/ports/network.ts'
import { aPair, textOf } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble } from '../unit/engine/sync/cloud-double.ts'

// LeanSpec's sync service did not know 401: an expired token looked like any failure, for ever, or the events were dropped.

test('an expired session parks the queue, says so, and a new one empties it', async () => {
  const cloud = createCloudDouble()
  let isSignedIn = true
  const { device, network } = await aPair({
    request: async (request: NetworkRequest) =>
      isSignedIn ? cloud.request(request) : { status: 401, headers: {}, body: 'Unauthorized' },
  })
  await device.say('c', 'one')
  await device.drain('save')
  isSignedIn = false
  for (const text of ['two', 'three', 'four']) {
    await device.say('c', text)
    await expect(device.drain('save')).resolves.toEqual({ dueAt: null, settled: true })
  }
  expect(network.posts()).toHaveLength(2)
  const status = await device.sync.status()
  expect(status).toMatchObject({
    state: 'signed-out',
    pendingCount: 3,
    quarantinedCount: 0,
    lastError: { code: 'sync/auth-required' },
  })
  expect(status.lastError?.remedy).toContain('Sign in')
  isSignedIn = true
  await expect(device.drain('signed-in')).resolves.toEqual({ dueAt: null, settled: true })
  expect(cloud.operations().flatMap(textOf)).toEqual(['one', 'two', 'three', 'four'])
})
