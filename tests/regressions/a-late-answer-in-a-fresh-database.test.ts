import { afterEach, expect, test } from 'vitest'
import type { CheckpointDraft, FinishDraft } from '../../src/domain/service/draft.ts'
import { aMessage } from '../builders/engine.ts'
import { aDevice, aNetwork, type Device } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

// The browser evicted the database, or it was deleted, while a page streamed an answer. The fresh one knew nothing of the attempt, took its end
// for that of an answer that goes on with what is stored, and wrote it over an edit that had come back from the cloud.

afterEach(closeClouds)

const answer = (text: string) => aMessage('answer', text, 'assistant').message
const place = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'page' }

/** An answer that was recovered half way, is in the cloud, and was edited on another device if `edited` says to what. */
async function anEvictedAnswer(edited?: string) {
  const cloud = await aRealCloud()
  const device = await aDevice({ network: aNetwork(cloud) })
  await device.say('c', 'question')
  const { life } = await device.service.checkpointDraft({ ...place, message: answer('half') })
  const again: Pick<CheckpointDraft, 'life'> & typeof place = life === undefined ? place : { ...place, life }
  device.clock.advance(60_000)
  await device.engine.wake('visible')
  const other = await aDevice({ network: cloud, name: 'other', seed: 9, clock: device.clock })
  await other.drain()
  if (edited !== undefined) {
    const message = { message: answer(edited) }
    await other.service.editMessage({ mutationId: other.mutation(), conversationId: 'c', message })
    await other.drain()
  }
  device.clock.advance(60_000)
  const fresh = await aDevice({ network: aNetwork(cloud), clock: device.clock, seed: 5 })
  const checkpoint = (text: string) => fresh.service.checkpointDraft({ ...again, message: answer(text) })
  const finish = async () => {
    const mutationId = fresh.mutation()
    const end: FinishDraft = { ...again, mutationId, message: { message: answer('half and whole') } }
    await fresh.service.finishDraft(end)
    await fresh.drain()
    await other.drain()
  }
  return { fresh, other, checkpoint, finish }
}

/** Every version of the answer that a device shows. */
async function versions(device: Device): Promise<string[]> {
  const { messages } = await device.service.loadMessages({ conversationId: 'c' })
  const found = messages.find(({ id }) => id === 'answer')
  const all = found === undefined ? [] : [found.message, ...(found.others ?? [])]
  return all.map(({ parts }) => (parts as { text: string }[])[0]?.text ?? '').sort()
}

test('the end of an answer whose database is gone leaves an edit that came back from the cloud', async () => {
  const { fresh, other, finish } = await anEvictedAnswer('edited')
  await fresh.drain()
  await finish()
  expect(await versions(fresh)).toEqual(['edited', 'half and whole'])
  expect(await versions(other)).toEqual(['edited', 'half and whole'])
})

test('a page that goes on with its answer in a fresh database leaves an edit that came back', async () => {
  const { fresh, other, checkpoint, finish } = await anEvictedAnswer('edited')
  await fresh.drain()
  expect(await checkpoint('half and')).toMatchObject({ outcome: 'kept' })
  await finish()
  expect(await versions(other)).toEqual(['edited', 'half and whole'])
})

test('a page that goes on before anything came back leaves an edit that comes then', async () => {
  const { fresh, other, checkpoint, finish } = await anEvictedAnswer('edited')
  await checkpoint('half and')
  await fresh.drain()
  await checkpoint('half and wh')
  await finish()
  expect(await versions(other)).toEqual(['edited', 'half and whole'])
})

test('an answer that was recovered in a fresh database leaves an edit, too', async () => {
  const { fresh, other, checkpoint } = await anEvictedAnswer('edited')
  await fresh.drain()
  await checkpoint('half and')
  fresh.clock.advance(60_000)
  await fresh.engine.wake('visible')
  await other.drain()
  expect(await versions(other)).toEqual(['edited', 'half and'])
})

test('the end of an answer of which the cloud has the beginning stands in its place', async () => {
  for (const isCheckpointed of [false, true]) {
    const { fresh, other, checkpoint, finish } = await anEvictedAnswer()
    await fresh.drain()
    if (isCheckpointed) await checkpoint('half and')
    await finish()
    expect(await versions(fresh)).toEqual(['half and whole'])
    expect(await versions(other)).toEqual(['half and whole'])
  }
})
