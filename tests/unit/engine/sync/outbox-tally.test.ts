import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReadTransaction, StorageFactory } from '../../../../src/ports/storage.ts'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aDevice, aNetwork, aPair, type Device } from './a-device.ts'
import { createCloudDouble, problem } from './cloud-double.ts'

/** Storage that counts the rows of the outbox that reads get. */
function countedStorage() {
  const inner = createMemoryStorage()
  const read = { rows: 0 }
  const counting = (tx: ReadTransaction): ReadTransaction => ({
    ...tx,
    async get(store, key) {
      const record = await tx.get(store, key)
      if (store === 'outbox') read.rows += 1
      return record
    },
    async scan(store, options) {
      const records = await tx.scan(store, options)
      if (store === 'outbox') read.rows += records.length
      return records
    },
    count: (store, range) => tx.count(store, range),
  })
  const storage: StorageFactory = {
    ...inner,
    async open(name, options) {
      const opened = await inner.open(name, options)
      return {
        ...opened,
        close: () => opened.close(),
        write: (stores, durability, work) => opened.write(stores, durability, work),
        read: (stores, work) => opened.read(stores, (tx) => work(counting(tx))),
      }
    },
  }
  return { storage, read }
}

const pendingOf = async (device: Device) => (await device.sync.status()).pendingCount

test('status reads a row of the queue once, however often it is asked', async () => {
  const { storage, read } = countedStorage()
  const { device } = await aPair(createCloudDouble(), { storage })
  await device.say('c', ...Array.from({ length: 30 }, (_, index) => `text ${index}`))
  expect(await pendingOf(device)).toBe(30)
  read.rows = 0
  expect(await pendingOf(device)).toBe(30)
  expect(read.rows).toBe(0)
  await device.say('c', 'one more')
  expect(await pendingOf(device)).toBe(31)
  expect(read.rows).toBe(1)
})

test('what the cloud confirms or refuses is counted at once', async () => {
  const { device, network } = await aPair(createCloudDouble())
  await device.say('c', 'one', 'two')
  expect(await pendingOf(device)).toBe(2)
  await device.drain('save')
  expect(await pendingOf(device)).toBe(0)
  await device.say('c', 'three')
  expect(await pendingOf(device)).toBe(1)
  network.next({ answer: problem(413, 'sync/too-large') })
  await device.drain('save')
  expect(await device.sync.status()).toMatchObject({ pendingCount: 1, quarantinedCount: 1 })
})

type Step = { readonly at: 0 | 1; readonly do: 'say' | 'edit' | 'drain' | 'lose' | 'refuse' }
const step: fc.Arbitrary<Step> = fc.record({
  at: fc.constantFrom(0, 1),
  do: fc.constantFrom('say', 'edit', 'drain', 'lose', 'refuse'),
})

test('two engines of one database count the same, whichever of them did something', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const cloud = createCloudDouble()
      const { device, network } = await aPair(cloud)
      const { storage, clock, locks } = device
      const other = await aDevice({ network: aNetwork(cloud), storage, clock, locks, seed: 2 })
      const engines = [device, other] as const
      for (const [index, { at, do: what }] of steps.entries()) {
        const engine = engines[at]
        if (what === 'say') await engine.say('c', `${index}`)
        else if (what === 'edit')
          await engine.service
            .renameConversation({
              ...{ mutationId: engine.mutation(), conversationId: 'c', title: `${index}` },
            })
            .catch(() => {})
        else {
          if (what === 'lose') network.next('answer-lost')
          if (what === 'refuse') network.next({ answer: problem(422, 'sync/rejected') })
          await engine.drain(index % 2 === 0 ? 'online' : 'visible')
          network.heal()
        }
        const operations = (await device.queued()).length
        for (const each of engines) expect(await pendingOf(each)).toBe(operations)
      }
    }),
    { numRuns: 60 },
  )
})
