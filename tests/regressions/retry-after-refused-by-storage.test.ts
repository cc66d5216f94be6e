import { expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aPair } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble, problem } from '../unit/engine/sync/cloud-double.ts'

// The storage refused to write the wait that a 429 had asked for, and the milder wait that was written in its place let the queue ask
// the cloud again long before it may.
test.each([1, 2, 3, 4])(
  'a Retry-After holds although the storage refused %i times to note it',
  async (times) => {
    let refusals = 0
    const storage = createMemoryStorage({
      onRequest({ kind, store }) {
        if (refusals === 0 || kind !== 'put' || store !== 'sync_metadata') return
        refusals--
        throw new ChatkeepError('storage/quota', 'full for a moment')
      },
    })
    const { device, network } = await aPair(createCloudDouble(), { storage })
    await device.say('c', 'one')
    network.next(async () => {
      refusals = times
      return problem(429, 'sync/too-many-requests', { 'retry-after': '600' })
    })
    await device.drain('save')
    const asked = network.requests.length
    await device.drain('online')
    await device.drain('online')
    expect(refusals).toBe(0)
    device.clock.advance(599_000)
    await device.drain('online')
    expect(network.requests).toHaveLength(asked)
    device.clock.advance(1_001)
    await device.drain('timer')
    expect(await device.outbox()).toEqual([])
  },
)
