import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aMessage } from '../builders/engine.ts'
import { aDevice, aNetwork, textOf } from '../unit/engine/sync/a-device.ts'
import { createCloudDouble } from '../unit/engine/sync/cloud-double.ts'

// LeanSpec's sync service wrote its queue file in place: a crash while writing left half a file, and the queue was gone.

test('a crash at any request of a save leaves conversation and queue both as before or both as after', async () => {
  for (let at = 0, total = 1; at < total; at++) {
    const cloud = createCloudDouble()
    let requests = 0
    let isArmed = false
    let died: () => void = () => {}
    const death = new Promise<void>((resolve) => {
      died = resolve
    })
    const storage = createMemoryStorage({
      onRequest() {
        if (!isArmed || requests++ !== at) return
        storage.crash()
        died()
      },
    })
    const device = await aDevice({ network: aNetwork(cloud), storage })
    await device.say('c', 'before')
    isArmed = true
    const messages = [aMessage('m1', 'first'), aMessage('m2', 'second')]
    const saved = device.service.appendMessages({
      mutationId: device.mutation(),
      projectId: 'p',
      conversationId: 'c',
      messages,
    })
    await Promise.race([death, saved])
    total = Math.max(total, requests + 1)
    isArmed = false
    const again = await aDevice({ network: aNetwork(cloud), storage, clock: device.clock, seed: 2 })
    const shown = await again.texts('c')
    expect([['before'], ['before', 'first', 'second']]).toContainEqual(shown)
    expect((await again.queued()).flatMap(textOf)).toEqual(shown)
  }
})
