import { afterEach, expect, test } from 'vitest'
import { aMessage } from '../builders/engine.ts'
import { aDevice, type Device } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

// An answer that went on with a stored message, after a tool's result, was written over whatever stood there when it ended: also over what another
// device had made of the message meanwhile, which nobody at this one had seen.

afterEach(closeClouds)

const answer = (text: string) => aMessage('answer', text, 'assistant').message
const chat = { projectId: 'p', conversationId: 'c' }
const place = { ...chat, attemptId: 'attempt', owner: 'page' }

/** An answer that goes on here while another device edits it; `other` has it in the cloud before it ends here. */
async function aContinuedAnswer() {
  const cloud = await aRealCloud()
  const device = await aDevice({ network: cloud })
  await device.say('c', 'question')
  const messages = [{ message: answer('called') }]
  await device.service.appendMessages({ ...chat, mutationId: device.mutation(), messages })
  await device.drain()
  const other = await aDevice({ network: cloud, name: 'other', seed: 9, clock: device.clock })
  await other.drain()
  await device.service.checkpointDraft({ ...place, message: answer('called, and') })
  return { device, other }
}

async function edit(device: Device, text: string): Promise<void> {
  const message = { message: answer(text) }
  await device.service.editMessage({ mutationId: device.mutation(), conversationId: 'c', message })
  await device.drain()
}

async function finish(device: Device): Promise<void> {
  const message = { message: answer('called, and done') }
  await device.service.finishDraft({ ...place, mutationId: device.mutation(), message })
  await device.drain()
}

/** Every version of the answer that a device shows. */
async function versions(device: Device): Promise<string[]> {
  const { messages } = await device.service.loadMessages({ conversationId: 'c' })
  const found = messages.find(({ id }) => id === 'answer')
  const all = found === undefined ? [] : [found.message, ...(found.others ?? [])]
  return all.map(({ parts }) => (parts as { text: string }[])[0]?.text ?? '').sort()
}

test('the end of an answer that goes on leaves an edit that came from elsewhere meanwhile', async () => {
  const { device, other } = await aContinuedAnswer()
  await edit(other, 'edited')
  await device.drain()
  await finish(device)
  await other.drain()
  expect(await versions(device)).toEqual(['called, and done', 'edited'])
  expect(await versions(other)).toEqual(['called, and done', 'edited'])
})

test('an answer that goes on and is recovered leaves such an edit, too', async () => {
  const { device, other } = await aContinuedAnswer()
  await edit(other, 'edited')
  await device.drain()
  device.clock.advance(60_000)
  await device.engine.wake('visible')
  await device.drain()
  await other.drain()
  expect(await versions(other)).toEqual(['called, and', 'edited'])
})

test('the end of an answer that goes on stands in the place of what it went on with', async () => {
  const { device, other } = await aContinuedAnswer()
  await device.drain()
  await finish(device)
  await other.drain()
  expect(await versions(device)).toEqual(['called, and done'])
  expect(await versions(other)).toEqual(['called, and done'])
})
