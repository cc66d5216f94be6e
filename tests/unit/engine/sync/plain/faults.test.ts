import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../../../../src/storage/memory.ts'
import { aMessage } from '../../../../builders/engine.ts'
import { aListedMessage, aPlainServer, type Document } from '../../../../builders/plain-server.ts'
import { json, problem } from '../cloud-double.ts'
import { aPlainPair, meet, pass, twoPlainDevices, VARIANTS } from './a-plain-pair.ts'

/** Somebody who read the document before a write puts what they read, and their own message, over it. */
const staleCopy = (before: Document, id: string): Document => ({
  ...before,
  messages: [...before.messages, aListedMessage(id, id)],
})

for (const [variant, options] of VARIANTS) {
  for (const fault of ['request-lost', 'answer-lost'] as const) {
    test(`${variant}: ${fault} at any request of a save delivers the message once`, async () => {
      for (const at of [0, 1, 2]) {
        const server = aPlainServer(options)
        const { network, device } = await aPlainPair(server)
        await device.say('c', 'one', 'two')
        network.next(...Array.from({ length: at }, () => pass), fault)
        await device.drain('save')
        expect((await device.service.status({})).lastError?.code).toBe('sync/offline')
        expect(await device.outbox()).not.toEqual([])
        await device.drain('online')
        expect(server.texts('c')).toEqual(['one', 'two'])
        expect(await device.outbox()).toEqual([])
        expect(await device.service.status({})).toMatchObject({
          state: 'idle',
          pendingCount: 0,
          lastError: null,
        })
      }
    })
  }

  test(`${variant}: tells that a message is synced only after the server has shown it`, async () => {
    const server = aPlainServer(options)
    const { network, device } = await aPlainPair(server)
    const mutationId = await device.say('c', 'one')
    // The POST is acknowledged by something in between that never passes it on.
    network.next(pass, { answer: json(200, {}) }, 'request-lost')
    await device.drain('save')
    expect(await device.service.isPending({ mutationId })).toEqual({ pending: true })
    await device.drain('online')
    expect(await device.service.isPending({ mutationId })).toEqual({ pending: false })
    expect(server.texts('c')).toEqual(['one'])
  })

  test(`${variant}: a sync by name resolves when both sides have everything`, async () => {
    const server = aPlainServer(options)
    const { network, device } = await aPlainPair(server)
    await device.say('c', 'one')
    network.next('answer-lost')
    const asked = { projectId: 'p', conversationId: 'c' }
    expect(await device.service.syncProject(asked)).toMatchObject({ isComplete: false, pendingCount: 1 })
    expect(await device.service.syncProject(asked)).toEqual({
      isComplete: true,
      error: null,
      pendingCount: 0,
    })
    expect(server.texts('c')).toEqual(['one'])
    await device.service.changeSyncSettings({ enabled: false })
    await expect(device.service.syncProject(asked)).rejects.toMatchObject({ code: 'sync/off' })
  })

  test(`${variant}: an expired session parks, and a later wake-up sends everything`, async () => {
    const server = aPlainServer(options)
    const { network, device } = await aPlainPair(server)
    await device.say('c', 'one')
    network.next({ answer: problem(401, 'sync/auth-required') })
    await device.drain('save')
    expect(await device.service.status({})).toMatchObject({ state: 'signed-out', pendingCount: 1 })
    await device.drain('focus')
    expect(server.texts('c')).toEqual(['one'])
  })

  test(`${variant}: Retry-After holds for every later save`, async () => {
    const server = aPlainServer(options)
    const { network, device } = await aPlainPair(server)
    await device.say('c', 'one')
    network.next({ answer: problem(429, 'sync/too-many-requests', { 'retry-after': '60' }) })
    await device.drain('save')
    network.requests.splice(0)
    await device.say('c', 'two')
    for (const reason of ['save', 'online', 'visible'] as const) await device.drain(reason)
    expect(network.requests).toEqual([])
    device.clock.advance(60_001)
    await device.drain('timer')
    expect(server.texts('c')).toEqual(['one', 'two'])
  })

  test(`${variant}: the one message that is refused is put aside, the others go up`, async () => {
    const server = aPlainServer(options)
    const { network, device } = await aPlainPair({
      async request(request) {
        if (request.body?.includes('"text":"far too long"')) return problem(413, 'sync/too-large')
        return server.request(request)
      },
    })
    await device.say('c', 'one', 'two', 'far too long', 'three', 'four')
    await device.drain('save')
    expect(server.texts('c')).toEqual(['one', 'two', 'three', 'four'])
    expect(await device.service.status({})).toMatchObject({ pendingCount: 1, quarantinedCount: 1 })
    const [aside] = await device.service.listQuarantined({})
    expect(aside?.refusal.code).toBe('sync/too-large')
    network.requests.splice(0)
    await device.drain('visible')
    expect(network.posts()).toEqual([])
    await device.say('c', 'five')
    await device.drain('save')
    expect(server.texts('c')).toEqual(['one', 'two', 'three', 'four', 'five'])
  })

  test(`${variant}: a server that takes no change at all is the server’s fault`, async () => {
    const server = aPlainServer(options)
    let isReadOnly = true
    const { device } = await aPlainPair({
      async request(request) {
        if (isReadOnly && request.method === 'POST') return problem(403, 'forbidden')
        return server.request(request)
      },
    })
    await device.say('c', 'one', 'two', 'three', 'four')
    await device.drain('save')
    expect(await device.service.status({})).toMatchObject({ quarantinedCount: 0, state: 'waiting' })
    isReadOnly = false
    await device.drain('online')
    expect(server.texts('c')).toEqual(['one', 'two', 'three', 'four'])
    expect(await device.outbox()).toEqual([])
  })

  test(`${variant}: a page of a proxy in the place of an answer changes nothing`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'one')
    await meet(device)
    const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>sign in</html>' }
    const behindProxy = await aPlainPair({ request: async () => page }, { storage: device.storage, seed: 2 })
    await behindProxy.device.say('c', 'two')
    await behindProxy.device.drain('visible')
    expect((await behindProxy.device.service.status({})).lastError?.code).toBe('sync/bad-answer')
    expect(await behindProxy.device.texts('c')).toEqual(['one', 'two'])
  })

  test(`${variant}: a server whose routes are gone deletes nothing here`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'one')
    await meet(device)
    const gone = { request: async () => json(404, { error: 'no such route' }) }
    const { device: lost } = await aPlainPair(gone, { storage: device.storage, seed: 2 })
    await lost.service.syncNow({})
    expect(await lost.service.getConversation({ conversationId: 'c' })).toMatchObject({ trashed: false })
    expect(await lost.service.status({})).toMatchObject({ state: 'waiting' })
  })

  test(`${variant}: what was written before a cloud was configured goes up with it`, async () => {
    const storage = createMemoryStorage()
    const { device: alone } = await aPlainPair(aPlainServer(options), { storage })
    await alone.say('c', 'one')
    await alone.database.write('strict', async ({ tx }) => {
      for (const row of await tx.scan('outbox'))
        if (row.sequence !== undefined) await tx.delete('outbox', row.sequence)
    })
    await alone.changeSpace({ suspect: true })
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server, { storage, seed: 2 })
    await device.drain('start')
    expect(server.texts('c')).toEqual(['one'])
    expect(await device.space()).toMatchObject({ suspect: false })
  })

  test(`${variant}: a deletion elsewhere that did not know what was written here does not take it`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'one')
    await meet(device)
    server.remove('c')
    await device.say('c', 'two')
    await device.drain('visible')
    expect(server.texts('c')).toEqual(['one', 'two'])
    expect(await device.service.getConversation({ conversationId: 'c' })).toMatchObject({ trashed: false })
  })

  test(`${variant}: a deleted conversation that somebody makes anew leaves the trash`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'one')
    await meet(device)
    const before = server.document('c')
    server.remove('c')
    await meet(device)
    const trashed = async () => (await device.service.getConversation({ conversationId: 'c' }))?.trashed
    expect(await trashed()).toBe(true)
    if (before !== undefined) server.put(before)
    await meet(device)
    expect(await trashed()).toBe(false)
    expect(server.texts('c')).toEqual(['one'])
  })

  test(`${variant}: a server that keeps only the requirement’s fields is synced without end of repeats`, async () => {
    const keeps = ['id', 'conversationId', 'role', 'content', 'timestamp']
    const server = aPlainServer({ ...options, keeps })
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    await first.device.say('c', 'one', 'two')
    const act = { mutationId: first.device.mutation(), conversationId: 'c' }
    await first.device.service.setPinned({ ...act, value: true })
    await meet(first.device)
    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    expect(await first.device.outbox()).toEqual([])
    expect(await first.device.service.getConversation({ conversationId: 'c' })).toMatchObject({
      pinned: true,
    })
    first.network.requests.splice(0)
    await meet(first.device, second.device)
    expect(first.network.posts()).toEqual([])
    expect(await first.device.texts('c')).toEqual(['one', 'two'])
    const { messages } = await second.device.service.loadMessages({ conversationId: 'c' })
    expect(messages.map(({ message }) => message.content)).toEqual(['one', 'two'])
  })
}

test('with ETag: whoever was overtaken unites and posts again', async () => {
  const server = aPlainServer({ hasEtags: true })
  const [first, second] = await twoPlainDevices(server)
  await first.device.say('c', 'from the first')
  await second.device.say('c', 'from the second')
  first.network.next(pass, async (_, go) => {
    await second.device.drain('save')
    return go()
  })
  await first.device.drain('save')
  expect(first.network.posts()).toHaveLength(3)
  expect([...server.texts('c')].sort()).toEqual(['from the first', 'from the second', 'question'])
})

test('with ETag: a server that answers 412 for ever is left alone after a few writes', async () => {
  const server = aPlainServer({ hasEtags: true })
  const { network, device } = await aPlainPair({
    async request(request) {
      return request.method === 'POST' ? problem(412, 'changed') : server.request(request)
    },
  })
  await device.say('c', 'one')
  await device.drain('save')
  expect(network.posts().length).toBeLessThan(8)
  const status = await device.service.status({})
  expect(status).toMatchObject({ state: 'waiting', pendingCount: 1, quarantinedCount: 0 })
})

test('without any validator: a message that somebody’s old copy wiped out is posted again, in the same turn and later', async () => {
  const server = aPlainServer({ hasEtags: false })
  const { network, device } = await aPlainPair(server)
  await device.say('c', 'question')
  await meet(device)
  const before = server.document('c')
  if (before === undefined) throw new Error('the server has no document')
  await device.say('c', 'mine')
  network.next(pass, pass, (_, go) => {
    server.put(staleCopy(before, 'theirs'))
    return go()
  })
  await device.drain('save')
  expect(await device.outbox()).toEqual([])
  expect([...server.texts('c')].sort()).toEqual(['mine', 'question', 'theirs'])

  server.put(staleCopy(before, 'even later'))
  await meet(device)
  expect([...server.texts('c')].sort()).toEqual(['even later', 'mine', 'question', 'theirs'])
})

test('without any validator: an edit that somebody’s old copy undid later is kept beside it', async () => {
  const server = aPlainServer({ hasEtags: false })
  const { device } = await aPlainPair(server)
  await device.say('c', 'question')
  await meet(device)
  const before = server.document('c')
  if (before === undefined) throw new Error('the server has no document')
  const message = aMessage('device-c-question', 'question, edited')
  await device.service.editMessage({ mutationId: device.mutation(), conversationId: 'c', message })
  await meet(device)
  expect(server.texts('c')).toEqual(['question, edited'])
  server.put(staleCopy(before, 'theirs'))
  await meet(device)
  const { conflicts } = await device.service.conflicts({ conversationId: 'c' })
  expect(JSON.stringify(conflicts)).toContain('question, edited')
})

test('without any validator: a server that never shows what it takes is left alone after a few writes', async () => {
  const { network, device } = await aPlainPair({
    async request({ method, path }) {
      if (method === 'POST') return json(201, {})
      return path.startsWith('/conversations?') ? json(200, []) : json(404, {})
    },
  })
  await device.say('c', 'one')
  await device.drain('save')
  expect(network.posts().length).toBeLessThan(8)
  const status = await device.service.status({})
  expect(status).toMatchObject({ state: 'waiting', pendingCount: 1 })
  expect(status.lastError?.code).toBe('sync/bad-answer')
})
