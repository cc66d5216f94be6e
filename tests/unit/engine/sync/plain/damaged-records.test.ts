import { expect, test } from 'vitest'
import { damage, longMessages, packsOf } from '../../../../builders/damage.ts'
import { aPlainServer } from '../../../../builders/plain-server.ts'
import { aPlainPair, meet, messagesOf, VARIANTS } from './a-plain-pair.ts'

for (const [variant, options] of VARIANTS) {
  test(`${variant}: what a damaged pack held comes again from the server`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    const act = { mutationId: device.mutation(), projectId: 'p', conversationId: 'c' }
    await device.service.appendMessages({ ...act, messages: longMessages(200) })
    await device.engine.wake('visible')
    expect(await device.outbox()).toEqual([])
    const before = await messagesOf(device, 'c')
    const [, second] = await packsOf(device.database, 'c')
    await damage(device.database, 'packs', second, { text: '[' })
    await device.say('c', 'one more')
    await device.say('other', 'hello')
    device.clock.advance(3_600_000)
    await meet(device)
    expect(server.texts('other')).toEqual(['hello'])
    expect((await messagesOf(device, 'c')).slice(0, -1)).toEqual(before)
    expect(server.texts('c').length).toBe(201)
    const record = await device.service.getConversation({ conversationId: 'c' })
    expect(record).not.toHaveProperty('damaged')
    expect(await device.outbox()).toEqual([])
  })
}
