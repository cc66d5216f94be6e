import { expect, test } from 'vitest'
import type { PostBody } from '../../src/domain/wire.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aBrowser, aCloud } from '../builders/cloud.ts'

// Found by the simulator (seed 3): of two tabs with an engine each, one had opened before the other named the cloud.
test('what a tab writes that has not heard of the cloud yet is uploaded by one that has', async () => {
  const cloud = await aCloud()
  const storage = createMemoryStorage()
  const early = await aBrowser(cloud, { storage, seed: 1, isConfigured: false })
  await early.signIn('ann')
  const page = await early.service()
  const message = (id: string) => ({ message: { id, role: 'user', parts: [] } })
  const place = { projectId: 'p', conversationId: 'c' }
  await page.appendMessages({ ...place, mutationId: early.mutation(), messages: [message('first')] })

  const other = await aBrowser(cloud, { storage, seed: 2 })
  await other.signIn('ann')
  await (await other.service()).syncNow({})
  await page.appendMessages({ ...place, mutationId: early.mutation(), messages: [message('second')] })
  await (await other.service()).syncNow({})

  const elsewhere = await aBrowser(cloud, { seed: 3 })
  await elsewhere.signIn('ann')
  await elsewhere.host.wake('start')
  await elsewhere.host.wake('focus')
  const { messages } = await (await elsewhere.service()).loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['first', 'second'])
})

// Found by the simulator (seed 3): what was written without a queue went before what it overwrites, which waited in the queue.
test('what is queued and what is not reach the cloud in the order in which they overwrite each other', async () => {
  const cloud = await aCloud()
  const posted: { id: string; overwrites: readonly string[] }[] = []
  const recorded: typeof cloud = {
    ...cloud,
    network: (session) => (settings) => {
      const { request } = cloud.network(session)(settings)
      return {
        request(asked) {
          const { conversations } = JSON.parse(asked.body ?? '{"conversations":[]}') as PostBody
          for (const { operations } of conversations)
            for (const operation of operations)
              if (operation.kind !== 'purge')
                posted.push({ id: operation.id, overwrites: operation.overwrites })
          return request(asked)
        },
      }
    },
  }
  const storage = createMemoryStorage()
  const early = await aBrowser(recorded, { storage, seed: 1, isConfigured: false })
  await early.signIn('ann')
  const page = await early.service()
  await page.createConversation({ projectId: 'p', conversationId: 'c', mutationId: early.mutation() })
  const other = await aBrowser(recorded, { storage, seed: 2 })
  await other.signIn('ann')
  const worker = await other.service()
  await worker.syncNow({})
  for (const [service, browser] of [
    [worker, other],
    [page, early],
    [worker, other],
  ] as const) {
    const title = `title ${browser.mutation()}`
    await service.renameConversation({ conversationId: 'c', mutationId: browser.mutation(), title })
  }
  await worker.syncNow({})

  const sent = posted.map(({ id }) => id)
  expect(sent).toHaveLength(3)
  for (const [index, { overwrites }] of posted.entries())
    for (const id of overwrites) expect(sent.indexOf(id)).toBeLessThan(index)
})
