import { expect, test } from 'vitest'
import { aMessage } from '../../../../builders/engine.ts'
import { aPlainServer } from '../../../../builders/plain-server.ts'
import { aPlainPair, meet, type PlainDevice, pass, twoPlainDevices, VARIANTS } from './a-plain-pair.ts'

async function edit(device: PlainDevice, id: string, text: string): Promise<void> {
  device.clock.advance(1_000)
  const mutationId = device.mutation()
  await device.service.editMessage({ mutationId, conversationId: 'c', message: aMessage(id, text) })
}

/** What is remembered of the server is gone, as after a change of its address or damage. */
const forget = (device: PlainDevice) =>
  device.database.write('relaxed', async ({ tx }) => {
    for (const { key } of await tx.scan('sync_metadata'))
      if (key.startsWith('p:') || key.startsWith('q:')) await tx.delete('sync_metadata', key)
  })

const conflictsOf = async (device: PlainDevice) =>
  (await device.service.conflicts({ conversationId: 'c' })).conflicts

for (const [variant, options] of VARIANTS) {
  test(`${variant}: an edit of what its author posted and has not seen there yet is not undone`, async () => {
    const server = aPlainServer(options)
    const first = await aPlainPair(server, { name: 'first' })
    const second = await aPlainPair(server, { name: 'second', seed: 2 })
    await first.device.say('c', 'one')
    first.network.next(pass, 'answer-lost')
    await first.device.drain('save')
    await second.device.service.wake({ reason: 'poke', projectId: 'p' })
    await edit(second.device, 'first-c-one', 'edited by the second')
    await meet(second.device, first.device, second.device)
    expect(server.texts('c')).toEqual(['edited by the second'])
    for (const { device } of [first, second]) {
      expect(await device.texts('c')).toEqual(['edited by the second'])
      expect(await conflictsOf(device)).toEqual([])
      expect(await device.outbox()).toEqual([])
    }
  })

  test(`${variant}: whoever forgot what the server showed undoes nobody’s edit, and keeps what it had`, async () => {
    const server = aPlainServer(options)
    const [first, second] = await twoPlainDevices(server)
    await edit(first.device, 'first-c-question', 'edited first')
    await first.device.service.renameConversation({
      ...{ mutationId: first.device.mutation(), conversationId: 'c', title: 'named first' },
    })
    await meet(first.device, second.device)
    await edit(second.device, 'first-c-question', 'edited second')
    await second.device.service.renameConversation({
      ...{ mutationId: second.device.mutation(), conversationId: 'c', title: 'named second' },
    })
    await meet(second.device)
    await forget(first.device)
    await meet(first.device, second.device)
    expect(server.texts('c')).toEqual(['edited second'])
    expect(server.document('c')?.title).toBe('named second')
    for (const { device } of [first, second]) expect(await device.texts('c')).toEqual(['edited second'])
    expect(JSON.stringify(await conflictsOf(first.device))).toContain('edited first')
    expect(JSON.stringify(await conflictsOf(first.device))).toContain('named first')
  })

  test(`${variant}: what waits to be sent goes up also where it is forgotten what the server showed`, async () => {
    const server = aPlainServer(options)
    const [first, second] = await twoPlainDevices(server)
    await edit(second.device, 'first-c-question', 'edited second')
    await meet(second.device)
    await edit(first.device, 'first-c-question', 'edited first')
    await forget(first.device)
    await meet(first.device, second.device)
    expect(server.texts('c')).toEqual(['edited first'])
    for (const { device } of [first, second]) expect(await device.texts('c')).toEqual(['edited first'])
    expect(JSON.stringify(await conflictsOf(first.device))).toContain('edited second')
  })
}
