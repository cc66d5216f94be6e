import { expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aBrowser, aCloud } from '../builders/cloud.ts'
import { aMessage } from '../builders/engine.ts'

// Found by the simulator (seed 82): the page went on without a cloud, and what it saved was queued by nobody, then or ever.
test('what is saved after the storage refused to note the cloud reaches it all the same', async () => {
  const refusal = { isOn: false }
  const disk = createMemoryStorage()
  const page = disk.process({
    onCommit() {
      if (refusal.isOn) throw new ChatkeepError('storage/aborted', 'Refused.', { retryable: true })
    },
  })
  const cloud = await aCloud()
  const first = await aBrowser(cloud, { storage: page, isConfigured: false })
  await first.signIn('ann')
  refusal.isOn = true
  await expect(first.configure()).rejects.toMatchObject({ code: 'storage/aborted' })
  refusal.isOn = false
  const other = await aBrowser(cloud, { storage: disk.process(), seed: 2 })
  const service = await first.service()
  const messages = [aMessage('m')]
  await service.appendMessages({
    projectId: 'p',
    conversationId: 'c',
    mutationId: first.mutation(),
    messages,
  })

  other.cookies.accountId = 'ann'
  await other.host.wake('start')
  const elsewhere = await aBrowser(cloud, { seed: 3 })
  await elsewhere.signIn('ann')
  await elsewhere.host.wake('signed-in')
  const { conversations } = await (await elsewhere.service()).listConversations({ projectId: 'p' })
  expect(conversations.map(({ id }) => id)).toEqual(['c'])
})
