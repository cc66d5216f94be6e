import { expect, test } from 'vitest'
import { aListedMessage, aPlainServer, type Document } from '../../../../builders/plain-server.ts'
import { aPlainPair, meet, type PlainDevice, pass, twoPlainDevices, VARIANTS } from './a-plain-pair.ts'

const PAGE = {
  answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>sign in</html>' },
}

async function tag(device: PlainDevice): Promise<void> {
  const mutationId = device.mutation()
  await device.service.setTag({ mutationId, conversationId: 'c', tag: 'work', present: true })
}

for (const [variant, options] of VARIANTS) {
  test(`${variant}: pages of a proxy in the place of answers do not make a tag one that the server does not keep`, async () => {
    const server = aPlainServer(options)
    const [first, second] = await twoPlainDevices(server)
    await tag(first.device)
    first.network.next(pass, PAGE, pass, PAGE)
    await first.device.drain('save')
    await meet(first.device, second.device)
    expect(server.document('c')?.tags).toEqual(['work'])
    expect(await second.device.service.getConversation({ conversationId: 'c' })).toMatchObject({
      tags: ['work'],
    })
  })

  test(`${variant}: what the server did not keep goes up with what is said next, and is asked for no more than that`, async () => {
    let keepsTags = false
    const server = aPlainServer(options)
    const { network, device } = await aPlainPair({
      async request(request) {
        if (keepsTags || request.body === undefined) return server.request(request)
        const { tags: _, ...document } = JSON.parse(request.body) as Document
        return server.request({ ...request, body: JSON.stringify(document) })
      },
    })
    await device.say('c', 'one')
    await tag(device)
    await meet(device)
    expect(await device.outbox()).toEqual([])
    network.requests.splice(0)
    await device.say('c', 'two')
    await meet(device)
    expect(network.posts()).toHaveLength(1)
    expect(server.document('c')?.tags).toBeUndefined()
    keepsTags = true
    await device.say('c', 'three')
    await meet(device)
    expect(server.document('c')?.tags).toEqual(['work'])
    expect(server.texts('c')).toEqual(['one', 'two', 'three'])
  })

  test(`${variant}: a server that writes nothing where it sees no difference that it keeps is not asked for ever`, async () => {
    const server = aPlainServer(options)
    const { network, device } = await aPlainPair({
      async request(request) {
        if (request.body === undefined) return server.request(request)
        const { tags: _, updatedAt: __, ...document } = JSON.parse(request.body) as Document
        const held = server.document('c')
        if (JSON.stringify(document) === JSON.stringify(held)) return { status: 204, headers: {}, body: '' }
        return server.request({ ...request, body: JSON.stringify(document) })
      },
    })
    await device.say('c', 'one')
    await tag(device)
    await meet(device)
    expect(await device.outbox()).toEqual([])
    expect(await device.service.status({})).toMatchObject({ state: 'idle', quarantinedCount: 0 })
    network.requests.splice(0)
    await meet(device)
    expect(network.posts()).toEqual([])
  })
}

test('what others put their own copy over, again and again, is not taken for something that the server does not keep', async () => {
  const server = aPlainServer({ hasEtags: false })
  let overwritten = 0
  const { device } = await aPlainPair({
    async request(request) {
      const before = server.document('c')
      const answer = await server.request(request)
      if (before === undefined || !request.body?.includes('work') || overwritten === 2) return answer
      overwritten += 1
      const messages = [...before.messages, aListedMessage(`other-${overwritten}`, 'said elsewhere')]
      const body = JSON.stringify({ ...before, messages })
      await server.request({ method: 'POST', path: '/conversations', body })
      return answer
    },
  })
  await device.say('c', 'one')
  await meet(device)
  await tag(device)
  await meet(device)
  expect(overwritten).toBe(2)
  expect(server.document('c')?.tags).toEqual(['work'])
  expect(await device.outbox()).toEqual([])
})
