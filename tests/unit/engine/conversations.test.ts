import { expect, test } from 'vitest'
import { aMessage, anEngine, someMessages } from '../../builders/engine.ts'

const ids = (page: { messages: readonly { id: string }[] }) => page.messages.map(({ id }) => id)

async function aChat(count: number, options: Parameters<typeof anEngine>[0] = {}) {
  const engine = await anEngine(options)
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: someMessages(count),
  })
  return engine
}

test('reads back what was appended, oldest first and verbatim', async () => {
  const engine = await anEngine()
  const message = {
    id: 'm',
    role: 'assistant',
    parts: [{ type: 'data-weather', data: { hot: true, deep: [1, null] } }],
  }
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [aMessage('q'), { message, status: 'error', model: { modelId: 'x' } }],
  })
  const page = await engine.loadMessages({ conversationId: 'c' })
  expect(ids(page)).toEqual(['q', 'm'])
  expect(page.messages[1]).toMatchObject({ message, parentId: 'q', status: 'error', model: { modelId: 'x' } })
  expect(page.older).toBeNull()
})

test('keeps everything over a restart', async () => {
  const engine = await aChat(5)
  const again = await anEngine({ storage: engine.storage })
  expect(await again.loadMessages({ conversationId: 'c' })).toEqual(
    await engine.loadMessages({ conversationId: 'c' }),
  )
  expect(await again.listConversations({ projectId: 'p' })).toMatchObject({
    conversations: [{ id: 'c', title: 'text 0', messageCount: 5, lastMessage: 'text 4' }],
    next: null,
  })
})

test('repeats of a command have one effect and one result', async () => {
  const engine = await anEngine()
  const command = {
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [aMessage('a')],
  }
  const first = await engine.appendMessages(command)
  const [second, third] = await Promise.all([engine.appendMessages(command), engine.appendMessages(command)])
  expect([second, third]).toEqual([first, first])
  expect(await engine.getConversation({ conversationId: 'c' })).toMatchObject({
    messageCount: 1,
    revision: 1,
  })
})

test('pages from the newest to the oldest without gap or overlap', async () => {
  const engine = await aChat(120)
  const seen: string[] = []
  let before: { id: string; born: number } | undefined
  for (;;) {
    const page = await engine.loadMessages({ conversationId: 'c', limit: 50, ...(before ? { before } : {}) })
    seen.unshift(...ids(page))
    if (page.older === null) break
    before = page.older
  }
  expect(seen).toEqual(someMessages(120).map(({ message }) => message.id))
})

test('a stale tab’s append continues the newest message and does not branch', async () => {
  const engine = await aChat(2)
  const { leaf } = await engine.loadMessages({ conversationId: 'c' })
  const append = (id: string) =>
    engine.appendMessages({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversationId: 'c',
      messages: [aMessage(id)],
      after: leaf,
    })
  await append('first-tab')
  await append('second-tab')
  const page = await engine.loadMessages({ conversationId: 'c' })
  expect(ids(page)).toEqual(['m0', 'm1', 'first-tab', 'second-tab'])
})

test('a fork becomes the open branch and both branches can be read', async () => {
  const engine = await aChat(4)
  const all = await engine.loadMessages({ conversationId: 'c' })
  const question = all.messages[2]
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [aMessage('other', 'another answer', 'assistant')],
    after: { id: 'm2', born: question?.born ?? 0 },
    fork: true,
  })
  const open = await engine.loadMessages({ conversationId: 'c' })
  expect(ids(open)).toEqual(['m0', 'm1', 'm2', 'other'])
  expect(open.messages[3]?.siblings).toEqual(['m3', 'other'])
  expect(ids(await engine.loadMessages({ conversationId: 'c', leafId: 'm3' }))).toEqual([
    'm0',
    'm1',
    'm2',
    'm3',
  ])
  await engine.selectLeaf({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'm3' })
  expect(ids(await engine.loadMessages({ conversationId: 'c' }))).toEqual(['m0', 'm1', 'm2', 'm3'])
})

test('folding a long tail changes nothing that is read, edits of packed messages included', async () => {
  const engine = await aChat(300)
  const before = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  await engine.wake({ reason: 'focus' })
  const folded = await engine.database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
  expect(folded).toMatchObject({ packedCount: 268, tailCount: 32 })
  expect((await engine.loadMessages({ conversationId: 'c', limit: 0 })).messages).toEqual(before.messages)

  await engine.editMessage({
    mutationId: engine.mutation(),
    conversationId: 'c',
    message: aMessage('m0', 'edited'),
  })
  await engine.removeMessage({ mutationId: engine.mutation(), conversationId: 'c', messageId: 'm5' })
  const expected = before.messages
    .filter(({ id }) => id !== 'm5')
    .map((one) => (one.id === 'm0' ? { ...one, message: aMessage('m0', 'edited').message } : one))
  const edited = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  expect(edited.messages).toEqual(expected)

  const more = someMessages(200, 'n')
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: more,
  })
  await engine.wake({ reason: 'focus' })
  const restarted = await anEngine({ storage: engine.storage })
  const after = await restarted.loadMessages({ conversationId: 'c', limit: 0 })
  expect(after.messages.slice(0, 299)).toEqual(expected)
  expect(after.messages).toHaveLength(499)
  expect(await restarted.getConversation({ conversationId: 'c' })).toMatchObject({
    messageCount: 499,
    title: 'edited',
  })
})

test('imports whole conversations with their branches and reads them back', async () => {
  const engine = await anEngine()
  const messages = [
    { ...aMessage('root'), parentId: null },
    { ...aMessage('left', 'left', 'assistant'), parentId: 'root' },
    { ...aMessage('right', 'right', 'assistant'), parentId: 'root' },
    { ...aMessage('below', 'below left'), parentId: 'left' },
  ]
  const imported = await engine.importConversations({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversations: [{ id: 'tree', title: 'A tree', messages }],
  })
  expect(imported).toEqual({ imported: 1, messageCount: 4 })
  expect(ids(await engine.loadMessages({ conversationId: 'tree' }))).toEqual(['root', 'left', 'below'])
  const right = await engine.loadMessages({ conversationId: 'tree', leafId: 'right' })
  expect(right.messages.map(({ id, siblings }) => [id, siblings])).toEqual([
    ['root', undefined],
    ['right', ['left', 'right']],
  ])
  const outbox = await engine.database.read(['outbox'], (tx) => tx.scan('outbox'))
  // Four messages, the title, and which branch is open: imported branches are announced to nobody.
  expect(outbox.flatMap(({ operations }) => operations)).toHaveLength(6)
})

test('saving a list updates, appends, and never shrinks', async () => {
  const engine = await anEngine()
  const save = (messages: ReturnType<typeof aMessage>[]) =>
    engine.saveMessages({ mutationId: engine.mutation(), projectId: 'p', conversationId: 'c', messages })
  await save([aMessage('a'), aMessage('b', 'answer', 'assistant')])
  await save([aMessage('a')])
  await save([aMessage('a'), aMessage('b', 'answer, longer', 'assistant'), aMessage('c')])
  const page = await engine.loadMessages({ conversationId: 'c' })
  expect(ids(page)).toEqual(['a', 'b', 'c'])
  expect(page.messages[1]?.message).toEqual(aMessage('b', 'answer, longer', 'assistant').message)
})

test('an edited question that had an answer becomes a branch under an id of its own', async () => {
  const engine = await anEngine()
  const save = (messages: ReturnType<typeof aMessage>[]) =>
    engine.saveMessages({ mutationId: engine.mutation(), projectId: 'p', conversationId: 'c', messages })
  await save([aMessage('q'), aMessage('a', 'answer', 'assistant')])
  await save([aMessage('q', 'edited')])
  await save([aMessage('q', 'edited'), aMessage('a2', 'new answer', 'assistant')])
  const page = await engine.loadMessages({ conversationId: 'c' })
  expect(page.messages.map(({ message }) => message.id)).toEqual(['q', 'a2'])
  expect(page.messages[0]).toMatchObject({ externalId: 'q', message: aMessage('q', 'edited').message })
  expect(ids(await engine.loadMessages({ conversationId: 'c', leafId: 'a' }))).toEqual(['q', 'a'])
})

test('a new answer over an old one is a branch (regenerate)', async () => {
  const engine = await anEngine()
  const save = (messages: ReturnType<typeof aMessage>[]) =>
    engine.saveMessages({ mutationId: engine.mutation(), projectId: 'p', conversationId: 'c', messages })
  await save([aMessage('q'), aMessage('a', 'answer', 'assistant')])
  await save([aMessage('q'), aMessage('b', 'better', 'assistant')])
  const page = await engine.loadMessages({ conversationId: 'c' })
  expect(page.messages.map(({ id, siblings }) => [id, siblings])).toEqual([
    ['q', undefined],
    ['b', ['a', 'b']],
  ])
})

test('trash hides a conversation, restore and a new message bring it back', async () => {
  const engine = await aChat(2)
  const command = { conversationId: 'c' }
  await engine.trashConversation({ ...command, mutationId: engine.mutation() })
  expect((await engine.listConversations({ projectId: 'p' })).conversations).toEqual([])
  expect(
    (await engine.listConversations({ projectId: 'p', shelves: ['trashed'] })).conversations,
  ).toHaveLength(1)
  await engine.restoreConversation({ ...command, mutationId: engine.mutation() })
  expect((await engine.listConversations({ projectId: 'p' })).conversations).toHaveLength(1)
  await engine.trashConversation({ ...command, mutationId: engine.mutation() })
  await engine.appendMessages({
    ...command,
    mutationId: engine.mutation(),
    projectId: 'p',
    messages: [aMessage('late')],
  })
  expect(await engine.getConversation(command)).toMatchObject({ trashed: false })
})

test('tags, pins, archive and titles are registers of their own', async () => {
  const engine = await aChat(1)
  const command = () => ({ conversationId: 'c', mutationId: engine.mutation() })
  await engine.setTag({ ...command(), tag: 'work', present: true })
  await engine.setTag({ ...command(), tag: 'home', present: true })
  await engine.setTag({ ...command(), tag: 'work', present: false })
  await engine.setPinned({ ...command(), value: true })
  await engine.renameConversation({ ...command(), title: 'Named' })
  expect(await engine.getConversation({ conversationId: 'c' })).toMatchObject({
    tags: ['home'],
    pinned: true,
    archived: false,
    title: 'Named',
  })
  await engine.setArchived({ ...command(), value: true })
  const { conversations } = await engine.listConversations({ projectId: 'p', shelves: ['archived'] })
  expect(conversations.map(({ id }) => id)).toEqual(['c'])
})

test('of 32 saves in one group only the one that cannot be written fails', async () => {
  const engine = await anEngine()
  const save = (index: number) =>
    engine.appendMessages({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversationId: `c${index}`,
      messages: [aMessage('m')],
      ...(index === 7 ? { after: { id: 'x', born: Number.NaN } } : {}),
    })
  const results = await Promise.allSettled(Array.from({ length: 32 }, (_, index) => save(index)))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(31)
  expect((await engine.listConversations({ projectId: 'p' })).conversations).toHaveLength(31)
})

test('two projects never mix', async () => {
  const engine = await aChat(1)
  await engine.createConversation({ mutationId: engine.mutation(), projectId: 'other', conversationId: 'd' })
  const listed = async (projectId: string) =>
    (await engine.listConversations({ projectId })).conversations.map(({ id }) => id)
  expect(await listed('p')).toEqual(['c'])
  expect(await listed('other')).toEqual(['d'])
})

test('lists page by shelf, newest first', async () => {
  const engine = await anEngine()
  for (let index = 0; index < 25; index++) {
    engine.clock.advance(1000)
    const conversationId = `c${String(index).padStart(2, '0')}`
    await engine.appendMessages({
      mutationId: engine.mutation(),
      projectId: 'p',
      conversationId,
      messages: [aMessage('m')],
    })
    if (index % 10 === 0)
      await engine.setPinned({ mutationId: engine.mutation(), conversationId, value: true })
  }
  const first = await engine.listConversations({ projectId: 'p', limit: 10 })
  const second = await engine.listConversations({
    projectId: 'p',
    limit: 100,
    ...(first.next === null ? {} : { after: first.next }),
  })
  const all = [...first.conversations, ...second.conversations].map(({ id }) => id)
  expect(all.slice(0, 4)).toEqual(['c20', 'c10', 'c00', 'c24'])
  expect(new Set(all).size).toBe(25)
  expect(second.next).toBeNull()
})

test('lifts a large inline image out of the message and gives it back unchanged', async () => {
  const engine = await anEngine()
  const url = `data:image/png;base64,${'A'.repeat(200_000)}`
  const message = {
    id: 'm',
    role: 'user',
    parts: [
      { type: 'file', mediaType: 'image/png', url },
      { type: 'text', text: 'x' },
    ],
  }
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [{ message }],
  })
  const [record] = await engine.database.read(['messages'], (tx) => tx.scan('messages'))
  expect(JSON.stringify(record).length).toBeLessThan(2_000)
  expect((await engine.loadMessages({ conversationId: 'c' })).messages[0]?.message).toEqual(message)
  const [row] = await engine.database.read(['outbox'], (tx) => tx.scan('outbox'))
  expect(JSON.stringify(row)).toContain(url)
})

test.each([
  ['a BigInt', { id: 'm', role: 'user', big: 1n }, 'input/invalid'],
  ['a date', { id: 'm', role: 'user', at: new Date(0) }, 'input/invalid'],
  ['no id', { role: 'user' }, 'input/invalid'],
  ['an id with a control character', { id: 'a\u0000', role: 'user' }, 'input/invalid'],
  [
    'nine megabytes of text',
    { id: 'm', role: 'user', content: 'x'.repeat(9 * 1024 * 1024) },
    'input/too-large',
  ],
])('refuses a message with %s and writes nothing', async (_name, message, code) => {
  const engine = await anEngine()
  const save = engine.call('appendMessages', {
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [{ message }],
  })
  await expect(save).rejects.toMatchObject({ code })
  expect(await engine.getConversation({ conversationId: 'c' })).toBeNull()
})

test('appending a message that is there already updates it and loses nothing', async () => {
  const engine = await aChat(3)
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: [aMessage('m1', 'longer answer', 'assistant'), aMessage('next')],
  })
  const page = await engine.loadMessages({ conversationId: 'c' })
  expect(ids(page)).toEqual(['m0', 'm1', 'm2', 'next'])
  expect(page.messages[1]?.message).toEqual(aMessage('m1', 'longer answer', 'assistant').message)
})

test('with a clock a year ahead and equal stamps the order and the newest edit hold over a restart', async () => {
  const engine = await aChat(4)
  engine.clock.advance(365 * 24 * 3_600_000)
  const command = () => ({ mutationId: engine.mutation(), conversationId: 'c' })
  await engine.editMessage({ ...command(), message: aMessage('m0', 'from the future') })
  engine.clock.set(0)
  await engine.editMessage({ ...command(), message: aMessage('m0', 'after it, by a slow clock') })
  await engine.appendMessages({ ...command(), projectId: 'p', messages: [aMessage('m4'), aMessage('m5')] })
  const again = await anEngine({ storage: engine.storage })
  const page = await again.loadMessages({ conversationId: 'c' })
  expect(ids(page)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5'])
  expect(page.messages[0]?.message).toEqual(aMessage('m0', 'after it, by a slow clock').message)
})
