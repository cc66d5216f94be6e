import { expect, test } from 'vitest'
import type { CloudSettings } from '../../../../../src/domain/host-service.ts'
import type { Network } from '../../../../../src/ports/network.ts'
import { aBrowser, aCloud, type Cloud } from '../../../../builders/cloud.ts'
import { aMessage } from '../../../../builders/engine.ts'
import { aListedMessage, aPlainServer } from '../../../../builders/plain-server.ts'

test('everything that came from a plain server is offered to a cloud of our own that takes its place', async () => {
  const plain = aPlainServer({ hasEtags: true })
  const cloud = await aCloud()
  const either: Cloud = {
    ...cloud,
    network:
      (session) =>
      (settings: { url: string } & Partial<NonNullable<CloudSettings>>): Network =>
        settings.dialect === 'plain' ? plain : cloud.network(session)(settings),
  }
  const browser = await aBrowser(either, { isConfigured: false })
  const configure = (dialect: { readonly dialect?: 'plain' }) =>
    browser.host.call({
      database: null,
      method: 'configureCloud',
      argument: {
        baseName: 'chats',
        cloud: { url: 'https://cloud.test/api/v1/chat', credentials: 'cookies', ...dialect },
      },
    })
  await configure({ dialect: 'plain' })
  await browser.signIn('anna')
  const said = {
    ...{ mutationId: browser.mutation(), projectId: 'p', conversationId: 'c' },
    messages: [aMessage('m1', 'written here')],
  }
  await (await browser.service()).appendMessages(said)
  await (await browser.service()).syncNow({})
  plain.change('c', (document) => ({
    ...document,
    messages: [...document.messages, aListedMessage('m2', 'written elsewhere')],
  }))
  await (await browser.service()).syncNow({})
  expect(await (await browser.service()).status({})).toMatchObject({ state: 'idle', pendingCount: 0 })

  await configure({})
  await (await browser.service()).syncNow({})
  const other = await aBrowser(cloud, { seed: 2 })
  await other.signIn('anna')
  const service = await other.service()
  await service.syncNow({})
  const { messages } = await service.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['m1', 'm2'])
  expect(await service.getConversation({ conversationId: 'c' })).toMatchObject({ title: 'written here' })
  await cloud.close()
})
