import { afterEach, expect, test } from 'vitest'
import type { Conflict, ConflictChoice } from '../../../src/domain/conflict.ts'
import { aBrowser, aCloud, type Browser, type Cloud } from '../../builders/cloud.ts'
import { aMessage } from '../../builders/engine.ts'

let cloud: Cloud | undefined
afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

/** Two devices of one account that have the same conversation. */
async function twoDevices(): Promise<readonly [Browser, Browser]> {
  cloud = await aCloud()
  const [mine, theirs] = [await aBrowser(cloud, { seed: 1 }), await aBrowser(cloud, { seed: 2 })]
  for (const device of [mine, theirs]) await device.signIn('anna')
  await say(mine, aMessage('m1', 'when is high water?'), aMessage('m2', 'at noon', 'assistant'))
  await meet(mine, theirs)
  return [mine, theirs]
}

/** Everything that either has reaches both. */
async function meet(...devices: readonly Browser[]): Promise<void> {
  for (const device of [...devices, ...devices]) {
    await (await device.service()).wake({ reason: 'poke', projectId: 'tides' })
    await (await device.service()).syncNow({})
  }
}

async function say(device: Browser, ...messages: readonly ReturnType<typeof aMessage>[]) {
  const service = await device.service()
  const command = { mutationId: device.mutation(), projectId: 'tides', conversationId: 'c', messages }
  return service.appendMessages(command)
}

async function edit(device: Browser, text: string, id = 'm1') {
  device.clock.advance(1_000)
  const mutationId = device.mutation()
  await (await device.service()).editMessage({ mutationId, conversationId: 'c', message: aMessage(id, text) })
}

async function rename(device: Browser, title: string) {
  device.clock.advance(1_000)
  const mutationId = device.mutation()
  await (await device.service()).renameConversation({ mutationId, conversationId: 'c', title })
}

const conflictsOf = async (device: Browser): Promise<readonly Conflict[]> =>
  (await (await device.service()).conflicts({ conversationId: 'c' })).conflicts

async function resolve(device: Browser, conflict: Conflict | undefined, choice: ConflictChoice) {
  if (conflict === undefined) throw new Error('there is no conflict to settle')
  const { conversationId, register, covers } = conflict
  const command = { mutationId: device.mutation(), conversationId, register, covers, choice }
  return (await (await device.service()).resolveConflict(command)).outcome
}

const textsIn = (conflict: Conflict | undefined) =>
  conflict?.heads.map(({ value }) => {
    if (value.kind === 'title') return value.title
    return value.kind === 'message' ? (value.message.parts as { text: string }[])[0]?.text : 'removed'
  })

async function texts(device: Browser, leafId?: string) {
  const query = { conversationId: 'c', limit: 0, ...(leafId === undefined ? {} : { leafId }) }
  const { messages } = await (await device.service()).loadMessages(query)
  return messages.map(({ message }) => (message.parts as { text: string }[])[0]?.text)
}

test('tells of a message that two devices edited apart, with each value, its device and its time', async () => {
  const [mine, theirs] = await twoDevices()
  await edit(mine, 'when is high water today?')
  theirs.clock.advance(60_000)
  await edit(theirs, 'when is high water in Dover?')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    const [conflict, ...others] = await conflictsOf(device)
    expect(others).toEqual([])
    expect(conflict).toMatchObject({ conversationId: 'c', register: 'message:m1', messageId: 'm1' })
    expect(conflict?.heads).toMatchObject([
      { isShown: true, device: { name: 'Device 2', isThis: device === theirs } },
      { isShown: false, device: { name: 'Device 1', isThis: device === mine } },
    ])
    expect(conflict?.heads.map(({ writtenAt }) => writtenAt)).toEqual([theirs.clock.now(), mine.clock.now()])
    expect(textsIn(conflict)).toEqual(['when is high water in Dover?', 'when is high water today?'])
    expect(await texts(device)).toEqual(['when is high water in Dover?', 'at noon'])
  }
})

test.for([
  ['mine', 'of device one'],
  ['theirs', 'of device two'],
] as const)('shows everywhere what is chosen as %s', async ([choice, wanted]) => {
  const [mine, theirs] = await twoDevices()
  await edit(theirs, 'of device two')
  await edit(mine, 'of device one')
  await meet(mine, theirs)
  expect(await resolve(mine, (await conflictsOf(mine))[0], choice)).toBe('resolved')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    expect(await conflictsOf(device)).toEqual([])
    expect(await texts(device)).toEqual([wanted, 'at noon'])
  }
})

test('shows everywhere a value that is neither', async () => {
  const [mine, theirs] = await twoDevices()
  await edit(theirs, 'of device two')
  await edit(mine, 'of device one')
  await meet(mine, theirs)
  const { message } = aMessage('m1', 'of both of us')
  expect(await resolve(theirs, (await conflictsOf(theirs))[0], { message })).toBe('resolved')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    expect(await conflictsOf(device)).toEqual([])
    expect(await texts(device)).toEqual(['of both of us', 'at noon'])
  }
})

test('keeps both values of a message as branches beside each other, and stays on the open one', async () => {
  const [mine, theirs] = await twoDevices()
  await edit(theirs, 'of device two')
  mine.clock.advance(1_000)
  await edit(mine, 'of device one')
  await meet(mine, theirs)
  expect(await resolve(theirs, (await conflictsOf(theirs))[0], 'both')).toBe('resolved')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    expect(await conflictsOf(device)).toEqual([])
    expect(await texts(device)).toEqual(['of device one', 'at noon'])
    const { messages } = await (await device.service()).loadMessages({ conversationId: 'c' })
    const [first] = messages
    expect(first?.apart).toBeUndefined()
    expect(first?.siblings).toHaveLength(2)
    const other = first?.siblings?.find((id) => id !== 'm1')
    expect(await texts(device, other)).toEqual(['of device two'])
  }
})

test('makes one branch when both devices keep both at once', async () => {
  const [mine, theirs] = await twoDevices()
  await edit(theirs, 'of device two')
  await edit(mine, 'of device one')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) await resolve(device, (await conflictsOf(device))[0], 'both')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    expect(await conflictsOf(device)).toEqual([])
    const { messages } = await (await device.service()).loadMessages({ conversationId: 'c' })
    expect(messages.map(({ siblings }) => siblings?.length)).toEqual([2, undefined])
  }
})

test('does not overwrite what came after the person looked', async () => {
  const [mine, theirs] = await twoDevices()
  await edit(theirs, 'of device two')
  await edit(mine, 'of device one')
  await meet(mine, theirs)
  const stale = (await conflictsOf(mine))[0]
  await edit(theirs, 'the last word')
  await meet(mine, theirs)
  expect(await conflictsOf(mine)).toEqual([])
  expect(await resolve(mine, stale, 'mine')).toBe('changed')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) expect(await texts(device)).toEqual(['the last word', 'at noon'])
})

test('tells of two titles, and joins them when both are wanted', async () => {
  const [mine, theirs] = await twoDevices()
  await rename(mine, 'Tides')
  await rename(theirs, 'High water')
  await rename(theirs, 'Dover')
  await meet(mine, theirs)
  const [conflict] = await conflictsOf(mine)
  expect(textsIn(conflict)).toEqual(['Dover', 'Tides'])
  expect(conflict?.heads).toMatchObject([{ device: { name: 'Device 2' } }, { device: { name: 'Device 1' } }])
  expect(await resolve(mine, conflict, 'both')).toBe('resolved')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    expect(await (await device.service()).getConversation({ conversationId: 'c' })).toMatchObject({
      title: 'Dover / Tides',
    })
  }
})

test('counts the same title from two devices as one', async () => {
  const [mine, theirs] = await twoDevices()
  await rename(mine, 'Tides')
  await rename(theirs, 'Tides')
  await meet(mine, theirs)
  expect(await conflictsOf(mine)).toEqual([])
})

test('brings back a message that one device removed while another edited it, when the edit is chosen', async () => {
  const [mine, theirs] = await twoDevices()
  await edit(mine, 'edited')
  theirs.clock.advance(60_000)
  const mutationId = theirs.mutation()
  await (await theirs.service()).removeMessage({ mutationId, conversationId: 'c', messageId: 'm1' })
  await meet(mine, theirs)
  expect(await texts(mine)).toEqual(['at noon'])
  const [conflict] = await conflictsOf(mine)
  expect(textsIn(conflict)).toEqual(['removed', 'edited'])
  expect(await resolve(mine, conflict, 'both')).toBe('resolved')
  await meet(mine, theirs)
  for (const device of [mine, theirs]) expect(await texts(device)).toEqual(['edited', 'at noon'])
})

test('tells of branches that two devices made apart, until somebody chooses one', async () => {
  const [mine, theirs] = await twoDevices()
  await say(mine, aMessage('a', 'and low water?'))
  theirs.clock.advance(1_000)
  await say(theirs, aMessage('b', 'in which harbour?'))
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    const { messages } = await (await device.service()).loadMessages({ conversationId: 'c' })
    expect(messages.at(-1)).toMatchObject({ id: 'b', siblings: ['a', 'b'], apart: ['a'] })
  }
  const mutationId = mine.mutation()
  await (await mine.service()).selectLeaf({ mutationId, conversationId: 'c', messageId: 'a' })
  await meet(mine, theirs)
  for (const device of [mine, theirs]) {
    const { messages } = await (await device.service()).loadMessages({ conversationId: 'c' })
    expect(messages.at(-1)).toMatchObject({ id: 'a', siblings: ['a', 'b'] })
    expect(messages.at(-1)?.apart).toBeUndefined()
  }
})

test('says nothing of a branch that was made on purpose', async () => {
  const [mine] = await twoDevices()
  const service = await mine.service()
  mine.clock.advance(1_000)
  const answer = aMessage('again', 'at one', 'assistant')
  const after = (await service.loadMessages({ conversationId: 'c' })).messages[0]
  if (after === undefined) throw new Error('nothing to answer')
  const draft = {
    projectId: 'tides',
    conversationId: 'c',
    attemptId: 'attempt',
    owner: 'me',
    after,
    fork: true,
  }
  const place = { ...draft, after: { id: after.id, born: after.born } }
  await service.checkpointDraft({ ...place, message: answer.message })
  await service.finishDraft({ ...place, mutationId: mine.mutation(), message: answer })
  const { messages } = await service.loadMessages({ conversationId: 'c' })
  expect(messages.at(-1)).toMatchObject({ id: 'again', siblings: ['m2', 'again'] })
  expect(messages.at(-1)?.apart).toBeUndefined()
})

test('says nothing of the branches of an imported conversation', async () => {
  const [mine] = await twoDevices()
  const service = await mine.service()
  const messages = [aMessage('i1'), aMessage('i2'), { ...aMessage('i3'), parentId: 'i1' }]
  const conversations = [{ id: 'imported', messages }]
  await service.importConversations({ mutationId: mine.mutation(), projectId: 'tides', conversations })
  const page = await service.loadMessages({ conversationId: 'imported' })
  expect(page.messages.map(({ id }) => id)).toEqual(['i1', 'i3'])
  expect(page.messages.at(-1)?.apart).toBeUndefined()
})
