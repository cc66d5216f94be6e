import { expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { NetworkRequest } from '../../src/ports/network.ts'
import { createMemoryStorage } from '../../src/storage/memory.ts'
import { aBrowser, aCloud, type Cloud } from '../builders/cloud.ts'
import { aMessage } from '../builders/engine.ts'

/** A cloud that answers the next POST with a 429 that asks to wait ten minutes, and keeps what it was asked. */
async function aBusyCloud() {
  const cloud = await aCloud()
  const posts: NetworkRequest[] = []
  const busy: Cloud = {
    ...cloud,
    network: (session) => (settings) => {
      const { request } = cloud.network(session)(settings)
      return {
        async request(asked) {
          if (asked.method !== 'POST') return request(asked)
          posts.push(asked)
          if (posts.length > 1) return request(asked)
          return { status: 429, headers: { 'retry-after': '600' }, body: '{}' }
        },
      }
    },
  }
  return { busy, posts }
}

// Found by the simulator (seed 240): the next worker took the cloud for another one, and forgot what it had asked for.
test('a Retry-After holds although the storage refused to note the cloud that asked for it', async () => {
  const refusal = { isOn: true }
  const disk = createMemoryStorage()
  const page = disk.process({
    onRequest({ kind, store }) {
      if (refusal.isOn && kind === 'put' && store === 'settings')
        throw new ChatkeepError('storage/quota', 'There is no room.', { retryable: true })
    },
  })
  const { busy, posts } = await aBusyCloud()
  const first = await aBrowser(busy, { storage: page, isConfigured: false })
  refusal.isOn = false
  await first.signIn('ann')
  refusal.isOn = true
  await expect(first.configure()).rejects.toMatchObject({ code: 'storage/quota' })
  refusal.isOn = false
  const service = await first.service()
  const place = { projectId: 'p', conversationId: 'c', mutationId: first.mutation() }
  await service.appendMessages({ ...place, messages: [aMessage('m')] })
  await first.host.wake('save')
  expect(posts).toHaveLength(1)

  const next = await aBrowser(busy, { storage: disk.process(), seed: 2 })
  next.cookies.accountId = 'ann'
  next.clock.advance(599_000)
  await next.host.wake('online')
  await next.host.wake('timer')
  expect(posts).toHaveLength(1)
  next.clock.advance(2_000)
  await next.host.wake('timer')
  expect(posts).toHaveLength(2)
})

test('what one cloud asked for does not hold for another, also when there was none in between', async () => {
  const { busy, posts } = await aBusyCloud()
  const browser = await aBrowser(busy)
  await browser.signIn('ann')
  const service = await browser.service()
  const place = { projectId: 'p', conversationId: 'c', mutationId: browser.mutation() }
  await service.appendMessages({ ...place, messages: [aMessage('m')] })
  await browser.host.wake('save')
  expect(posts).toHaveLength(1)
  const configure = (cloud: { url: string; credentials: 'cookies' } | null) =>
    browser.host.call({ database: null, method: 'configureCloud', argument: { baseName: 'chats', cloud } })
  await configure(null)
  await configure({ url: 'https://cloud.test/api/v1/chat', credentials: 'cookies' })
  await browser.host.wake('online')
  expect(posts).toHaveLength(1)
  await configure(null)
  await configure({ url: 'https://other.test/api/v1/chat', credentials: 'cookies' })
  await browser.host.wake('online')
  expect(posts).toHaveLength(2)
})
