import { expect, test } from 'vitest'
import { aPlainServer } from '../../../../builders/plain-server.ts'
import { aPlainPair, meet, type PlainDevice, VARIANTS } from './a-plain-pair.ts'

const receivedTrash = (device: PlainDevice, conversationId: string) =>
  device.database.read(['sync_metadata'], async (tx) => {
    const record = await tx.get('sync_metadata', `c:${conversationId}`)
    return record?.kind === 'conversation' ? Object.values(record.trashReceivedAt ?? {}) : []
  })

for (const [variant, options] of VARIANTS) {
  test(`${variant}: the time in the trash counts from when the server had it, and not after a deletion elsewhere`, async () => {
    const server = aPlainServer(options)
    const date = 'Thu, 01 Jan 2026 12:00:00 GMT'
    const { device } = await aPlainPair({
      async request(request) {
        const answer = await server.request(request)
        return { ...answer, headers: { ...answer.headers, date } }
      },
    })
    await device.say('mine', 'one')
    await device.say('theirs', 'two')
    await meet(device)
    const command = { mutationId: device.mutation(), conversationId: 'mine' }
    await device.service.trashConversation(command)
    server.remove('theirs')
    await meet(device)
    expect(await receivedTrash(device, 'mine')).toEqual([Date.parse(date)])
    expect(await device.service.getConversation({ conversationId: 'theirs' })).toMatchObject({
      trashed: true,
    })
    expect(await receivedTrash(device, 'theirs')).toEqual([])
    // In the trash it is still on the server.
    expect(server.texts('mine')).toEqual(['one'])
    await device.service.purgeConversation({ ...command, mutationId: device.mutation() })
    await meet(device)
    expect(server.ids()).toEqual([])
    expect(await device.outbox()).toEqual([])
  })

  test(`${variant}: what never was on the server stays in the trash of its device until it is restored`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'one')
    const act = () => ({ mutationId: device.mutation(), conversationId: 'c' })
    await device.service.trashConversation(act())
    await meet(device)
    expect(server.ids()).toEqual([])
    expect(await device.service.status({})).toMatchObject({ state: 'idle', pendingCount: 0 })
    await device.service.restoreConversation(act())
    await device.drain('save')
    expect(server.texts('c')).toEqual(['one'])
  })

  test(`${variant}: a new message in what somebody deleted makes it anew, whole`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'one', 'two')
    await meet(device)
    server.remove('c')
    await meet(device)
    await device.say('c', 'three')
    await device.drain('save')
    expect(server.texts('c')).toEqual(['one', 'two', 'three'])
    expect(await device.service.getConversation({ conversationId: 'c' })).toMatchObject({ trashed: false })
  })
}
