import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { WakeReason } from '../../../../src/domain/sync-status.ts'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aClock } from '../../../builders/engine.ts'
import { aDevice, aNetwork, type Device, type Fault, textOf } from './a-device.ts'
import { createCloudDouble, json, problem } from './cloud-double.ts'

type Step =
  | {
      readonly kind: 'say'
      readonly device: 0 | 1
      readonly conversation: 'a' | 'b'
      readonly large: boolean
    }
  | { readonly kind: 'edit'; readonly device: 0 | 1 }
  | {
      readonly kind: 'drain'
      readonly device: 0 | 1
      readonly reason: WakeReason
      readonly faults: readonly Fault[]
    }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'crash'; readonly device: 0 | 1; readonly after: number }
  | { readonly kind: 'back-up' | 'restore' | 'wipe' | 'compact' }

const well: Fault = (_request, pass) => pass()
const statuses = [400, 401, 403, 404, 405, 408, 409, 410, 412, 413, 422, 425, 429, 500, 502, 503, 504]
const fault = fc.oneof(
  { weight: 3, arbitrary: fc.constant(well) },
  fc.constantFrom<Fault>('request-lost', 'answer-lost'),
  fc.constantFrom(...statuses).map((status): Fault => ({ answer: problem(status, 'sync/rejected') })),
  fc
    .integer({ min: 0, max: 900 })
    .map((seconds): Fault => ({ answer: problem(503, 'x', { 'retry-after': String(seconds) }) })),
  fc.constantFrom<Fault>(
    { answer: { status: 200, headers: {}, body: '<html>hotel</html>' } },
    { answer: json(200, { accepted: [], held: [], rejected: [], head: '0' }) },
    { answer: json(200, { operations: [], purges: [], cursor: 'e9.9.9', more: false }) },
  ),
)
const device = fc.constantFrom<0 | 1>(0, 1)
const reason = fc.constantFrom<WakeReason>(
  'save',
  'timer',
  'online',
  'visible',
  'sync',
  'start',
  'poke',
  'signed-in',
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('say' as const),
    device,
    conversation: fc.constantFrom<'a' | 'b'>('a', 'b'),
    large: fc.nat(9).map((n) => n === 0),
  }),
  fc.record({ kind: fc.constant('edit' as const), device }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('drain' as const),
      device,
      reason,
      faults: fc.array(fault, { maxLength: 6 }),
    }),
  },
  fc.record({
    kind: fc.constant('pass' as const),
    ms: fc.constantFrom(1_000, 60_000, 400_000, -3_600_000, 400_000_000),
  }),
  fc.record({ kind: fc.constant('crash' as const), device, after: fc.nat(60) }),
  fc.record({
    kind: fc.constantFrom('back-up' as const, 'restore' as const, 'wipe' as const, 'compact' as const),
  }),
)

/** Two devices and a cloud; a crash kills a device in the middle of its next drain and starts it again. */
async function run(steps: readonly Step[]): Promise<void> {
  const cloud = createCloudDouble({ pageLimit: 5 })
  cloud.backUp()
  const clock = aClock()
  /** Storage requests that a device has left to live, in its next drain. */
  const planned: [number | null, number | null] = [null, null]
  const doomed: [number | null, number | null] = [null, null]
  const networks = [aNetwork(cloud), aNetwork(cloud)] as const
  const deaths: [() => void, () => void] = [() => {}, () => {}]
  const storages = ([0, 1] as const).map((which) => {
    const storage = createMemoryStorage({
      onRequest() {
        const left = doomed[which]
        if (left === null) return
        doomed[which] = left - 1
        if (left > 0) return
        doomed[which] = null
        storage.crash()
        deaths[which]()
      },
    })
    return storage
  })
  let seed = 10
  const boot = (which: 0 | 1) => {
    const storage = storages[which]
    if (storage === undefined) throw new Error('no storage')
    return aDevice({ network: networks[which], storage, clock, seed: ++seed, name: `d${which}` })
  }
  const devices: [Device, Device] = [await boot(0), await boot(1)]
  const saved = new Map<string, string>()
  let texts = 0

  for (const one of steps) {
    if (one.kind === 'say') {
      const text = one.large ? `${texts++} ${'x'.repeat(140_000)}` : `${texts++}`
      await devices[one.device].say(one.conversation, text)
      saved.set(text, one.conversation)
    } else if (one.kind === 'edit') {
      const { service, mutation } = devices[one.device]
      const record = await service.getConversation({ conversationId: 'a' })
      if (record === null) continue
      await service.renameConversation({
        mutationId: mutation(),
        conversationId: 'a',
        title: `title ${texts++}`,
      })
    } else if (one.kind === 'drain') {
      networks[one.device].next(...one.faults)
      const death = new Promise<'died'>((resolve) => {
        deaths[one.device] = () => resolve('died')
      })
      doomed[one.device] = planned[one.device]
      planned[one.device] = null
      const end = await Promise.race([devices[one.device].drain(one.reason), death])
      doomed[one.device] = null
      if (end === 'died') devices[one.device] = await boot(one.device)
    } else if (one.kind === 'pass') clock.set(clock.now() + one.ms)
    else if (one.kind === 'crash') planned[one.device] = one.after
    else if (one.kind === 'back-up') cloud.backUp()
    else if (one.kind === 'restore') cloud.restore()
    else if (one.kind === 'wipe') cloud.wipe()
    else {
      const overwritten = new Set(
        cloud.operations().flatMap((each) => (each.kind === 'set' ? each.overwrites : [])),
      )
      for (const id of overwritten) cloud.compact(id)
    }
  }

  for (const network of networks) network.heal()
  // After faults stop, every outbox empties within a bounded number of cycles.
  for (let round = 0; round < 8; round++) {
    clock.set(clock.now() + 90_000_000)
    for (const each of devices) {
      for (const { sequence } of await each.sync.listQuarantined()) await each.sync.retryQuarantined(sequence)
      await each.drain('online')
    }
  }
  for (const each of devices) {
    expect(await each.outbox()).toEqual([])
    expect(await each.sync.status()).toMatchObject({
      state: 'idle',
      pendingCount: 0,
      quarantinedCount: 0,
      lastError: null,
    })
  }
  const operations = cloud.operations()
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length)
  expect(operations.flatMap(textOf).sort()).toEqual([...saved.keys()].sort())
  const states = devices.map((each) =>
    each.database.read(['messages', 'conversations'], async (tx) => ({
      messages: (await tx.scan('messages')).map(({ id, heads }) => ({ id, heads })),
      registers: (await tx.scan('conversations')).map(({ id, registers, title }) => ({
        id,
        registers,
        title,
      })),
    })),
  )
  const [first, second] = await Promise.all(states)
  expect(second).toEqual(first)
  if (saved.size > 0) expect((await devices[0].space()).cursor).toBe((await devices[1].space()).cursor)
}

test('whatever the answers were, once faults stop every outbox empties and both devices hold the same', {
  timeout: 120_000,
}, async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), run)
  await fc.assert(property, {
    numRuns: Number(process.env.SYNC_RUNS ?? 150),
    ...(process.env.SYNC_SEED ? { seed: Number(process.env.SYNC_SEED) } : {}),
  })
})
