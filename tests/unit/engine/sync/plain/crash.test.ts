import { expect, test } from 'vitest'
import { aDyingStorage } from '../../../../builders/dying.ts'
import { aMessage } from '../../../../builders/engine.ts'
import { aListedMessage, aPlainServer } from '../../../../builders/plain-server.ts'
import { aPlainPair, VARIANTS } from './a-plain-pair.ts'

for (const [variant, options] of VARIANTS) {
  test(`${variant}: a sync that dies at any step of the storage goes on from there, and nothing is there twice`, async () => {
    let isOver = false
    for (let step = 1; !isOver; step++) {
      const server = aPlainServer(options)
      const dying = aDyingStorage()
      const { device } = await aPlainPair(server, { storage: dying.storage })
      await device.say('c', 'one', 'two')
      await device.drain('save')
      server.change('c', (document) => ({
        ...document,
        messages: [...document.messages, aListedMessage('x', 'written elsewhere')],
      }))
      device.clock.advance(1_000)
      await device.say('c', 'three')
      const message = aMessage('device-c-one', 'one, edited')
      await device.service.editMessage({ mutationId: device.mutation(), conversationId: 'c', message })
      isOver = !(await dying.dyingAt(step, () => device.drain('visible')))

      const again = await aPlainPair(server, { storage: dying.storage, seed: 2, clock: device.clock })
      for (let round = 0; round < 2; round++) {
        device.clock.advance(400_000)
        await again.device.service.syncNow({})
      }
      expect([...server.texts('c')].sort(), `step ${step}`).toEqual(
        ['one, edited', 'two', 'three', 'written elsewhere'].sort(),
      )
      expect(await again.device.outbox()).toEqual([])
      expect((await again.device.service.conflicts({ conversationId: 'c' })).conflicts).toEqual([])
      const record = await again.device.service.getConversation({ conversationId: 'c' })
      expect(record).toMatchObject({ messageCount: 4 })
    }
  })
}
