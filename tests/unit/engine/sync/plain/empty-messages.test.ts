import { expect, test } from 'vitest'
import { aListedMessage, aPlainServer } from '../../../../builders/plain-server.ts'
import { aPlainPair, meet, messagesOf, VARIANTS } from './a-plain-pair.ts'

for (const [variant, options] of VARIANTS) {
  test(`${variant}: a removed message whose mark another client dropped is shown nowhere`, async () => {
    const server = aPlainServer(options)
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    await first.device.say('c', 'one', 'two', 'three')
    await meet(first.device)
    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    const removed = { conversationId: 'c', messageId: 'first-c-two' }
    await first.device.service.removeMessage({ mutationId: first.device.mutation(), ...removed })
    await meet(first.device)
    server.change('c', (document) => ({
      ...document,
      messages: document.messages.map(({ chatkeep: _, ...known }) => ({
        ...known,
        id: known.id,
        timestamp: 1,
      })),
    }))
    const third = await aPlainPair(server, { name: 'third', seed: 3 })
    await third.device.service.wake({ reason: 'poke', projectId: 'p' })
    await meet(first.device, second.device, third.device)
    for (const { device } of [first, second, third]) {
      expect((await messagesOf(device, 'c')).map(({ id }) => id)).toEqual(['first-c-one', 'first-c-three'])
      expect(await device.outbox()).toEqual([])
    }
    expect(server.texts('c')).toEqual(['one', '', 'three'])
  })

  test(`${variant}: a message that another client lists empty shows once it says something`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'question')
    await meet(device)
    const answer = { ...aListedMessage('x', ''), role: 'assistant', metadata: {}, model: null }
    const lists = (listed: typeof answer) =>
      server.change('c', (document) => ({
        ...document,
        messages: [...document.messages.slice(0, 1), listed],
      }))
    lists(answer)
    await meet(device)
    expect(await messagesOf(device, 'c')).toHaveLength(1)
    lists({ ...answer, content: 'at noon' })
    await meet(device)
    expect((await messagesOf(device, 'c')).map(({ content }) => content)).toEqual([undefined, 'at noon'])
  })

  test(`${variant}: a message without text that holds something else is shown`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'question')
    await meet(device)
    const calls = { ...aListedMessage('x', ''), role: 'assistant', toolCalls: [{ id: 'call-1' }] }
    const file = { ...aListedMessage('y', ''), parts: [{ type: 'file', url: 'data:,x' }] }
    server.change('c', (document) => ({ ...document, messages: [...document.messages, calls, file] }))
    await meet(device)
    expect((await messagesOf(device, 'c')).map(({ id }) => id)).toEqual(['device-c-question', 'x', 'y'])
  })
}
