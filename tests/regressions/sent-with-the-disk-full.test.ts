import { afterEach, expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aDevice, aNetwork, type Fault } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

/** A device on a disk that has no room for rows of the queue while `isFull`. */
async function aDeviceOnADisk() {
  const disk = { isFull: false }
  const storage = createMemoryStorage({
    onRequest({ kind, store }) {
      if (disk.isFull && kind === 'put' && store === 'outbox')
        throw new ChatkeepError('storage/quota', 'There is no room.')
    },
  })
  const cloud = await aRealCloud()
  const network = aNetwork(cloud)
  return { disk, cloud, network, device: await aDevice({ network, storage }) }
}

// To note that a row was sent took as much room as saving it had taken: with less than that left the queue stood still.
test('what was saved is uploaded, although there is no room to note that it was sent', async () => {
  const { disk, cloud, device } = await aDeviceOnADisk()
  for (const text of ['one', 'two', 'three']) await device.say('c', text)
  disk.isFull = true
  await device.drain('save')
  expect(await device.outbox()).toEqual([])
  const other = await aDevice({ network: cloud, name: 'other', seed: 9 })
  await other.drain('start')
  expect(await other.texts('c')).toEqual(['one', 'two', 'three'])
})

test('a cloud that takes something and does not show it is not asked again and again', async () => {
  const { disk, network, device } = await aDeviceOnADisk()
  await device.say('c', 'one')
  await device.drain('save')
  await device.say('c', 'two')
  disk.isFull = true
  const takeAndForget: Fault = async (request, pass) => {
    if (request.method !== 'POST') return pass()
    const { operations } = JSON.parse(String(request.body)) as { operations: { id: string }[] }
    const answer = { accepted: operations.map(({ id }) => id), held: [], rejected: [] }
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) }
  }
  for (let times = 0; times < 5; times++) network.next(takeAndForget)
  await device.drain('save')
  const asked = network.requests.filter(({ method }) => method === 'POST').length
  expect(asked).toBeLessThanOrEqual(3)
  expect(await device.outbox()).toHaveLength(1)
})
