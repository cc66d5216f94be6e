import { afterEach, expect, test } from 'vitest'
import { aMessage } from '../../../../builders/engine.ts'
import { aRealCloud, closeClouds } from '../a-real-cloud.ts'
import { aPlainPair, meet, messagesOf, twoPlainDevices } from './a-plain-pair.ts'

afterEach(closeClouds)

test('two devices sync with our own server in its plain form', async () => {
  const cloud = await aRealCloud()
  const [first, second] = await twoPlainDevices(cloud)
  await second.device.say('c', 'from the second')
  await first.device.say('c', 'from the first')
  const act = () => ({ mutationId: first.device.mutation(), conversationId: 'c' })
  await first.device.service.renameConversation({ ...act(), title: 'Tides' })
  await first.device.service.setTag({ ...act(), tag: 'sea', present: true })
  await first.device.service.setPinned({ ...act(), value: true })
  await meet(first.device, second.device)
  for (const { device } of [first, second]) {
    expect(await device.outbox()).toEqual([])
    expect(await device.service.getConversation({ conversationId: 'c' })).toMatchObject({
      ...{ title: 'Tides', tags: ['sea'], messageCount: 3 },
    })
  }
  expect(await second.device.texts('c')).toEqual(await first.device.texts('c'))
  // Our server’s plain form removes no tag: it is taken off here, and nobody repeats it for ever.
  await first.device.service.setTag({ ...act(), tag: 'sea', present: false })
  await meet(first.device)
  expect(await first.device.outbox()).toEqual([])
  expect(await first.device.service.status({})).toMatchObject({ state: 'idle', lastError: null })
})

test('a conversation of many pages comes whole', async () => {
  const cloud = await aRealCloud()
  const first = await aPlainPair(cloud, { name: 'first' })
  const second = await aPlainPair(cloud, { name: 'second', seed: 2 })
  const messages = Array.from({ length: 450 }, (_, index) => aMessage(`m${index}`, `message ${index}`))
  const command = { mutationId: first.device.mutation(), projectId: 'p', conversationId: 'c', messages }
  await first.device.service.appendMessages(command)
  await meet(first.device)
  expect(await first.device.outbox()).toEqual([])
  await second.device.service.wake({ reason: 'poke', projectId: 'p' })
  expect(await messagesOf(second.device, 'c')).toEqual(messages.map(({ message }) => message))
})

test('what our server has deleted for ever it does not take again, and the device says so and keeps it', async () => {
  const cloud = await aRealCloud()
  const [first, second] = await twoPlainDevices(cloud)
  await second.device.say('c', 'written meanwhile')
  const command = { mutationId: first.device.mutation(), conversationId: 'c' }
  await first.device.service.purgeConversation(command)
  await meet(first.device, second.device)
  expect(await cloud.listed()).toEqual([])
  expect(await second.device.texts('c')).toEqual(['question', 'written meanwhile'])
  expect(await second.device.service.status({})).toMatchObject({ state: 'error', quarantinedCount: 1 })
  second.network.requests.splice(0)
  await meet(second.device)
  expect(second.network.posts()).toEqual([])
})
