import { afterEach, expect, test } from 'vitest'
import type { OperationId } from '../../src/domain/ids.ts'
import { aDevice, aNetwork } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

// Found by the simulator (seed 16118): a copy of the profile had put `two` aside and sent what overwrites it; then the cloud lost that.
test('what the cloud lacks and something in the queue is under comes after that, and the queue keeps its order', async () => {
  const cloud = await aRealCloud()
  const network = aNetwork(cloud)
  const device = await aDevice({ network, name: 'copy' })
  await device.say('c', 'one', 'two', 'three')
  const two = (await device.queued()).find((operation) => JSON.stringify(operation).includes('"two"'))
  if (two?.kind !== 'set') throw new Error('It was written.')
  const elsewhere = {
    ...{ ...two, id: 'written-elsewhere-0001' as OperationId, stamp: two.stamp + 1 },
    overwrites: [two.id],
  }
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', [elsewhere]))
  await device.changeSpace({ suspect: true })
  await device.drain('online')

  const { operations } = await cloud.shown()
  const registers = operations.map((operation) => (operation.kind === 'purge' ? '' : operation.register))
  const sent = registers.filter((register) => register.startsWith('message:'))
  expect(sent).toEqual(['one', 'two', 'three', 'two'].map((text) => `message:copy-c-${text}`))
})
