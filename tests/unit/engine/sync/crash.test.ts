import { expect, test } from 'vitest'
import type { NetworkRequest } from '../../../../src/ports/network.ts'
import { createMemoryStorage, type MemoryHooks } from '../../../../src/storage/memory.ts'
import { aClock, aMessage } from '../../../builders/engine.ts'
import { aDevice, aNetwork, type Device, textOf } from './a-device.ts'
import { createCloudDouble, problem } from './cloud-double.ts'

/**
 * One history that goes through everything a sync does: two conversations, a row that is cut, one operation that is refused for
 * ever, another device's messages, and a server that was restored. `step` is called at each await that leaves the process.
 */
async function history(step: (where: 'storage' | 'network') => void, hooks: MemoryHooks = {}) {
  const cloud = createCloudDouble({ pageLimit: 4 })
  const other = await aDevice({ network: cloud, name: 'other', seed: 9 })
  await other.say('c', 'hello')
  await other.drain('save')
  cloud.backUp()
  await other.say('c', 'lost in the restore')
  await other.drain('save')

  const clock = aClock()
  const storage = createMemoryStorage({ ...hooks, onRequest: () => step('storage') })
  const network = aNetwork({
    async request(request: NetworkRequest) {
      step('network')
      const isRefused = request.method === 'POST' && request.body?.includes('"text":"poison"') === true
      const answer = isRefused ? problem(413, 'sync/too-large') : await cloud.request(request)
      step('network')
      return answer
    },
  })
  const start = (seed: number) => aDevice({ network, storage, clock, seed, name: 'mine' })

  async function live(device: Device): Promise<void> {
    await device.drain('start')
    const messages = ['one', 'two', 'three', 'four', 'poison', 'five', 'six'].map((text) =>
      aMessage(text, text),
    )
    await device.service.appendMessages({
      mutationId: device.mutation(),
      projectId: 'p',
      conversationId: 'mine',
      messages,
    })
    await device.say('c', 'answer')
    await device.drain('save')
    cloud.restore()
    await device.say('mine', 'seven')
    await device.drain('online')
  }

  async function judge(
    device: Device,
    saved: { readonly mine: readonly string[]; readonly c: readonly string[] },
  ) {
    for (let round = 0; round < 3; round++) {
      clock.advance(400_000)
      await device.drain('online')
      await other.drain('online')
    }
    const [quarantined] = await device.sync.listQuarantined()
    const mine = cloud.operations().filter(({ conversationId }) => conversationId === 'mine')
    const put = mine.flatMap(textOf)
    expect(put).toEqual(saved.mine.filter((text) => text !== 'poison'))
    expect(cloud.operations().flatMap(textOf).sort()).toEqual(
      [...saved.mine, ...saved.c, 'hello', 'lost in the restore'].filter((text) => text !== 'poison').sort(),
    )
    expect(new Set(cloud.ids()).size).toBe(cloud.ids().length)
    expect((await device.queued()).flatMap(textOf)).toEqual(saved.mine.includes('poison') ? ['poison'] : [])
    expect(quarantined === undefined).toBe(!saved.mine.includes('poison'))
    expect(await device.space()).toMatchObject({ suspect: false, lastError: null })
    expect((await other.texts('mine')).filter((text) => text !== 'poison')).toEqual(put)
  }
  return { storage, start, live, judge }
}

/** What the device holds of its own messages, on whatever branch. */
async function ownTexts(device: Device, conversationId: string): Promise<readonly string[]> {
  const range = { lower: [conversationId], upper: [conversationId, []] }
  const records = await device.database.read(['messages'], (tx) => tx.scan('messages', { range }))
  const texts = records.flatMap(({ heads }) =>
    heads.flatMap((head) => textOf({ kind: 'set', conversationId, register: 'message:', ...head })),
  )
  return texts.filter((text) => text !== 'hello' && text !== 'lost in the restore')
}

async function countSteps(): Promise<number> {
  let steps = 0
  const run = await history(() => void steps++)
  const device = await run.start(1)
  await run.live(device)
  const taken = steps
  await run.judge(device, {
    mine: ['one', 'two', 'three', 'four', 'poison', 'five', 'six', 'seven'],
    c: ['answer'],
  })
  return taken
}

test('a process that dies at any await loses nothing that was saved, and doubles nothing', {
  timeout: 120_000,
}, async () => {
  const total = await countSteps()
  expect(total).toBeGreaterThan(200)
  for (let at = 0; at < total; at++) {
    let steps = 0
    let died: () => void = () => {}
    const death = new Promise<void>((resolve) => {
      died = resolve
    })
    const run = await history(() => {
      if (steps++ !== at) return
      run.storage.crash()
      died()
    })
    const living = run.start(1).then((device) => run.live(device))
    living.catch(() => {})
    await Promise.race([death, living])
    await death
    const again = await run.start(2)
    await run.judge(again, { mine: await ownTexts(again, 'mine'), c: await ownTexts(again, 'c') })
  }
})

test('a storage request that fails, whichever it is, costs nothing but time', {
  timeout: 120_000,
}, async () => {
  const total = await countSteps()
  for (let at = 0; at < total; at++) {
    let steps = 0
    const run = await history((where) => {
      if (steps++ === at && where === 'storage') throw new Error(`request ${at} failed`)
    })
    const device = await run.start(1).catch(() => run.start(1))
    await run.live(device).catch(() => {})
    await run.judge(device, { mine: await ownTexts(device, 'mine'), c: await ownTexts(device, 'c') })
  }
})

test('a commit whose success is not told, whichever it is, doubles nothing', {
  timeout: 120_000,
}, async () => {
  let hasFired = true
  for (let at = 0; hasFired; at++) {
    let commits = 0
    let isLiving = true
    hasFired = false
    const onCommitted = () => {
      if (!isLiving || commits++ !== at) return
      hasFired = true
      throw new Error(`commit ${at} was not told`)
    }
    const run = await history(() => {}, { onCommitted })
    const device = await run.start(1).catch(() => run.start(1))
    await run.live(device).catch(() => {})
    isLiving = false
    await run.judge(device, { mine: await ownTexts(device, 'mine'), c: await ownTexts(device, 'c') })
    expect(hasFired || at > 20).toBe(true)
  }
})
