import { expect, test } from 'vitest'
import { aMessage } from '../../../../builders/engine.ts'
import { aListedMessage, aPlainServer } from '../../../../builders/plain-server.ts'
import { aPlainPair, meet, messagesOf, twoPlainDevices, VARIANTS } from './a-plain-pair.ts'

for (const [variant, options] of VARIANTS) {
  test(`${variant}: what one device wrote is on the other, verbatim`, async () => {
    const server = aPlainServer(options)
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    const messages = [
      aMessage('question', 'when is high water?'),
      {
        message: {
          id: 'answer',
          role: 'assistant',
          metadata: { tokens: { input: 3, output: 5 } },
          parts: [
            { type: 'step-start' },
            { type: 'tool-tides', toolCallId: 'call-1', state: 'output-available', output: { at: [1, 2] } },
            { type: 'text', text: 'at noon 🌊', state: 'done' },
          ],
        },
        model: { modelId: 'tide-1' },
      },
    ]
    const { mutation, service } = first.device
    await service.appendMessages({ mutationId: mutation(), projectId: 'p', conversationId: 'c', messages })
    expect(await first.device.drain('save')).toEqual({ dueAt: null, settled: true })
    expect(await first.device.outbox()).toEqual([])
    expect(server.document('c')).toMatchObject({ id: 'c', projectId: 'p', title: 'when is high water?' })
    expect(server.texts('c')).toEqual(['when is high water?', 'at noon 🌊'])

    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    expect(await messagesOf(second.device, 'c')).toEqual(messages.map(({ message }) => message))
    const [, answer] = (await second.device.service.loadMessages({ conversationId: 'c' })).messages
    expect(answer).toMatchObject({ status: 'complete', model: { modelId: 'tide-1' } })
    expect(await second.device.outbox()).toEqual([])
    expect(second.network.posts()).toEqual([])
  })

  test(`${variant}: what two devices wrote offline is on both and on the server`, async () => {
    const server = aPlainServer(options)
    const [first, second] = await twoPlainDevices(server)
    await second.device.say('c', 'from the second')
    await first.device.say('c', 'from the first')
    await meet(first.device, second.device)
    expect([...server.texts('c')].sort()).toEqual(['from the first', 'from the second', 'question'])
    for (const { device } of [first, second]) {
      expect(await device.outbox()).toEqual([])
      const { messages } = await device.service.loadMessages({ conversationId: 'c' })
      expect(messages.at(-1)).toMatchObject({ siblings: expect.any(Array), apart: expect.any(Array) })
    }
    expect(await second.device.texts('c')).toEqual(await first.device.texts('c'))
  })

  test(`${variant}: what is edited here stays on top of what another client wrote anew, also under a clock that is behind`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    const ids = [...'abcdefgh']
    for (const id of ids) await device.say('c', id)
    await meet(device)
    device.clock.advance(-86_400_000)
    for (const id of ids) {
      const message = aMessage(`device-c-${id}`, `${id}, edited`)
      await device.service.editMessage({ mutationId: device.mutation(), conversationId: 'c', message })
    }
    // It keeps the fields that it knows.
    server.change('c', ({ chatkeep: _, ...document }) => ({
      ...(document as typeof document & { id: string; projectId: string }),
      messages: document.messages.map(({ chatkeep: __, ...known }) => known as typeof known & { id: string }),
    }))
    await meet(device)
    expect(await device.texts('c')).toEqual(ids.map((id) => `${id}, edited`))
    expect(server.texts('c')).toEqual(ids.map((id) => `${id}, edited`))
  })

  test(`${variant}: a client that knows only the requirement reads, appends and edits`, async () => {
    const server = aPlainServer(options)
    const { device } = await aPlainPair(server)
    await device.say('c', 'question')
    await device.drain('save')
    server.change('c', (document) => ({
      ...document,
      color: 'blue',
      messages: [
        ...document.messages.map((message) => ({ ...message, content: 'question, edited elsewhere' })),
        { ...aListedMessage('x', 'answer from elsewhere'), role: 'assistant', rating: 5 },
      ],
    }))
    await meet(device)
    expect(await messagesOf(device, 'c')).toMatchObject([
      { id: 'device-c-question', parts: [{ type: 'text', text: 'question, edited elsewhere' }] },
      { id: 'x', content: 'answer from elsewhere', rating: 5 },
    ])
    await device.say('c', 'thanks')
    await device.drain('save')
    expect(server.texts('c')).toEqual(['question, edited elsewhere', 'answer from elsewhere', 'thanks'])
    expect(server.document('c')).toMatchObject({ color: 'blue', messages: [{}, { rating: 5 }, {}] })
    expect(await device.outbox()).toEqual([])
  })

  test(`${variant}: an edit here and another one there are both kept, and the person is asked`, async () => {
    const server = aPlainServer(options)
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    await first.device.say('c', 'question')
    await meet(first.device, second.device)
    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    for (const { device } of [first, second]) {
      device.clock.advance(1_000)
      const text = device === first.device ? 'edited first' : 'edited second'
      const message = aMessage('first-c-question', text)
      await device.service.editMessage({ mutationId: device.mutation(), conversationId: 'c', message })
    }
    await meet(first.device, second.device)
    const [shown] = server.texts('c')
    for (const { device } of [first, second]) expect(await device.texts('c')).toEqual([shown])
    const { conflicts } = await second.device.service.conflicts({ conversationId: 'c' })
    expect(JSON.stringify(conflicts)).toContain('edited first')
    expect(JSON.stringify(conflicts)).toContain('edited second')
    for (const { device } of [first, second]) expect(await device.outbox()).toEqual([])
  })

  test(`${variant}: title, archive, pin, tags and trash of one device are those of the other`, async () => {
    const server = aPlainServer(options)
    const [first, second] = await twoPlainDevices(server)
    const act = () => ({ mutationId: first.device.mutation(), conversationId: 'c' })
    const { service } = first.device
    await service.renameConversation({ ...act(), title: 'Tides' })
    await service.setTag({ ...act(), tag: 'sea', present: true })
    await service.setTag({ ...act(), tag: 'moon', present: true })
    await service.setPinned({ ...act(), value: true })
    await meet(first.device, second.device)
    const read = () => second.device.service.getConversation({ conversationId: 'c' })
    expect(await read()).toMatchObject({ title: 'Tides', tags: ['moon', 'sea'], pinned: true })
    const back = () => ({ mutationId: second.device.mutation(), conversationId: 'c' })
    await second.device.service.setTag({ ...back(), tag: 'moon', present: false })
    await second.device.service.setArchived({ ...back(), value: true })
    await second.device.service.trashConversation(back())
    await meet(second.device, first.device)
    expect(await service.getConversation({ conversationId: 'c' })).toMatchObject({
      ...{ title: 'Tides', tags: ['sea'], pinned: true, archived: true, trashed: true },
    })
    await service.restoreConversation(act())
    await meet(first.device, second.device)
    expect(await read()).toMatchObject({ trashed: false })
    expect(server.document('c')).toMatchObject({ title: 'Tides', tags: ['sea'], archived: true })
    for (const { device } of [first, second]) expect(await device.outbox()).toEqual([])
  })

  test(`${variant}: branches are on both devices, and one after the other in the list`, async () => {
    const server = aPlainServer(options)
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    const save = (...messages: ReturnType<typeof aMessage>[]) =>
      first.device.service.saveMessages({
        ...{ mutationId: first.device.mutation(), projectId: 'p', conversationId: 'c', messages },
      })
    await save(aMessage('q', 'question'), aMessage('a', 'answer', 'assistant'))
    first.device.clock.advance(1_000)
    await save(aMessage('q', 'question, edited'))
    await save(aMessage('q', 'question, edited'), aMessage('b', 'another answer', 'assistant'))
    await meet(first.device)
    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    expect(server.texts('c')).toEqual(['question', 'answer', 'question, edited', 'another answer'])
    const tree = async (device: typeof first.device) =>
      (await device.service.loadMessages({ conversationId: 'c', limit: 0 })).messages.map(
        ({ id, parentId, born, siblings, message }) => ({ id, parentId, born, siblings, message }),
      )
    expect(await tree(second.device)).toEqual(await tree(first.device))
    expect((await tree(first.device)).map(({ message }) => message.id)).toEqual(['q', 'b'])
  })

  test(`${variant}: a removed message loses its text on the server and its place in the other device’s view`, async () => {
    const server = aPlainServer(options)
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    await first.device.say('c', 'one', 'a secret', 'three')
    await meet(first.device)
    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    const removed = { conversationId: 'c', messageId: 'first-c-a secret', forever: true }
    await first.device.service.removeMessage({ mutationId: first.device.mutation(), ...removed })
    await meet(first.device, second.device)
    expect(
      JSON.stringify(server.document('c')?.messages.map(({ parts, content }) => [parts, content])),
    ).not.toContain('a secret')
    for (const { device } of [first, second]) {
      expect(await device.texts('c')).toEqual(['one', 'three'])
      expect(await device.outbox()).toEqual([])
    }
  })

  test(`${variant}: a conversation deleted for ever is deleted on the server, and in the other device’s trash`, async () => {
    const server = aPlainServer(options)
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    await first.device.say('c', 'question')
    await first.device.say('other', 'stays')
    await meet(first.device)
    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    const command = { mutationId: first.device.mutation(), conversationId: 'c' }
    await first.device.service.purgeConversation(command)
    await meet(first.device, second.device)
    expect(server.ids()).toEqual(['other'])
    expect(await first.device.service.getConversation({ conversationId: 'c' })).toBeNull()
    expect(await second.device.service.getConversation({ conversationId: 'c' })).toMatchObject({
      trashed: true,
    })
    expect(await second.device.texts('c')).toEqual(['question'])
    for (const { device } of [first, second]) expect(await device.outbox()).toEqual([])

    await second.device.service.restoreConversation({
      ...{ mutationId: second.device.mutation(), conversationId: 'c' },
    })
    await meet(second.device)
    expect(server.texts('c')).toEqual(['question'])
  })
}
