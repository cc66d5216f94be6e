import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aPair, type Fault, textOf } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble, problem } from '../unit/engine/sync/cloud-double.ts'

// LeanSpec's sync service sent new events at once, before older ones that were queued after a failure.

test('whatever fails between, nothing newer of a conversation overtakes what is older', async () => {
  const fault = fc.constantFrom<Fault>(
    (_request, pass) => pass(),
    'request-lost',
    'answer-lost',
    { answer: problem(503, 'sync/server-error') },
    { answer: problem(409, 'sync/rejected') },
  )
  const property = fc.asyncProperty(
    fc.array(fault, { maxLength: 12 }),
    fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }),
    async (faults, saves) => {
      const cloud = createCloudDouble()
      const { device, network } = await aPair(cloud)
      network.next(...faults)
      for (const [index, conversationId] of saves.entries()) {
        await device.say(conversationId, String(index))
        await device.drain(index % 3 === 0 ? 'online' : 'save')
      }
      for (let round = 0; round < 16; round++) await device.drain('online')
      const received = cloud
        .operations()
        .flatMap((operation) => textOf(operation).map((text) => `${operation.conversationId}${text}`))
      for (const conversationId of ['a', 'b']) {
        const expected = saves.flatMap((id, index) => (id === conversationId ? [`${id}${index}`] : []))
        expect(received.filter((text) => text.startsWith(conversationId))).toEqual(expected)
      }
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

test('a save while older changes wait out a backoff is not sent before them', async () => {
  const cloud = createCloudDouble()
  const { device, network } = await aPair(cloud)
  network.next('request-lost')
  await device.say('c', 'older')
  const { dueAt } = await device.drain('save')
  await device.say('c', 'newer')
  await device.drain('save')
  expect(cloud.operations()).toEqual([])
  device.clock.set(dueAt ?? 0)
  await device.drain('timer')
  expect(cloud.operations().flatMap(textOf)).toEqual(['older', 'newer'])
})
