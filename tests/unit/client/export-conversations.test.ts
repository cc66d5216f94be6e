import { expect, test } from 'vitest'
import { exportConversations } from '../../../src/client/export-conversations.ts'
import { ChatkeepError } from '../../../src/domain/errors.ts'
import { aMessage, anEngine } from '../../builders/engine.ts'

test('exports every conversation with all its branches, and says which the cloud alone has', async () => {
  const engine = await anEngine()
  const messages = [
    { ...aMessage('root'), parentId: null },
    { ...aMessage('left', 'left', 'assistant'), parentId: 'root' },
    { ...aMessage('right', 'right', 'assistant'), parentId: 'root' },
    { ...aMessage('below', 'below left'), parentId: 'left' },
    { ...aMessage('beside', 'beside below'), parentId: 'left' },
  ]
  const conversations = [
    { id: 'tree', title: 'A tree', messages },
    { id: 'elsewhere', title: 'In the cloud', messages: [aMessage('only')] },
  ]
  await engine.importConversations({ mutationId: engine.mutation(), projectId: 'p', conversations })
  const exported = await exportConversations(
    {
      status: { accountId: 'anna' } as Parameters<typeof exportConversations>[0]['status'],
      listProjects: async () => ['p'],
      listConversations: (query) => engine.listConversations({ projectId: 'p', ...query }),
      async loadMessages(conversationId, query) {
        if (conversationId === 'elsewhere') throw new ChatkeepError('sync/offline', 'no network')
        return engine.loadMessages({ ...query, conversationId })
      },
    },
    () => new Date(0),
  )
  expect(exported).toMatchObject({
    format: 'chatkeep',
    version: 1,
    exportedAt: '1970-01-01T00:00:00.000Z',
    accountId: 'anna',
  })
  const byTitle = new Map(exported.conversations.map((conversation) => [conversation.title, conversation]))
  expect(byTitle.get('In the cloud')).toMatchObject({ messages: [], absent: true })
  expect(byTitle.get('A tree')?.messages.map(({ id, parentId }) => [id, parentId])).toEqual([
    ['root', null],
    ['left', 'root'],
    ['right', 'root'],
    ['below', 'left'],
    ['beside', 'left'],
  ])
})

test('exports what can be read of a damaged conversation and says so, and all others whole', async () => {
  const engine = await anEngine()
  const conversations = ['damaged', 'whole'].map((id) => ({
    id,
    title: id,
    messages: [
      { ...aMessage(`${id} root`), parentId: null },
      { ...aMessage(`${id} left`), parentId: `${id} root` },
      { ...aMessage(`${id} right`), parentId: `${id} root` },
    ],
  }))
  await engine.importConversations({ mutationId: engine.mutation(), projectId: 'p', conversations })
  const exported = await exportConversations({
    status: { accountId: null } as Parameters<typeof exportConversations>[0]['status'],
    listProjects: async () => ['p'],
    listConversations: (query) => engine.listConversations({ projectId: 'p', ...query }),
    async loadMessages(conversationId, query) {
      if (conversationId === 'damaged' && query?.leafId !== undefined)
        throw new ChatkeepError('storage/corrupt', 'This branch cannot be read.')
      return engine.loadMessages({ ...query, conversationId })
    },
  })
  const byTitle = new Map(exported.conversations.map((conversation) => [conversation.title, conversation]))
  expect(byTitle.get('whole')?.messages).toHaveLength(3)
  expect(byTitle.get('whole')?.incomplete).toBeUndefined()
  expect(byTitle.get('damaged')).toMatchObject({ incomplete: true })
  expect(byTitle.get('damaged')?.messages).toHaveLength(2)
})
