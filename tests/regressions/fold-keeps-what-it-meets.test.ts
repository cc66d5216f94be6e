import { expect, test } from 'vitest'
import type { OperationId } from '../../src/domain/ids.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { foldTail } from '../../src/engine/fold.ts'
import { aMessage, anEngine, someMessages, type TestEngine } from '../builders/engine.ts'
import { operationId } from '../builders/operations.ts'

async function aFoldedChat(count = 300): Promise<TestEngine> {
  const engine = await anEngine()
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: someMessages(count),
  })
  await fold(engine)
  return engine
}

const fold = (engine: TestEngine) => engine.database.command('relaxed', (unit) => foldTail(unit, 'c'))

async function operationsOf(engine: TestEngine): Promise<readonly Operation[]> {
  return engine.database.write('strict', (unit) => unit.knownOperations('c'))
}

const purge = (names: readonly OperationId[]): Operation => ({
  kind: 'purge',
  id: operationId(1, 'p'),
  conversationId: 'c',
  names,
})

const shownIds = async (engine: TestEngine) =>
  (await engine.loadMessages({ conversationId: 'c', limit: 0 })).messages.map(({ id }) => id)

const withoutM5 = someMessages(300)
  .map(({ message }) => message.id)
  .filter((id) => id !== 'm5')

test('a message that was edited after it was packed stays away when it is purged', async () => {
  const engine = await aFoldedChat()
  await engine.editMessage({
    mutationId: engine.mutation(),
    conversationId: 'c',
    message: aMessage('m5', 'edited'),
  })
  const names = (await operationsOf(engine))
    .filter((one) => one.kind !== 'purge' && one.register === 'message:m5')
    .map(({ id }) => id)
  expect(names).toHaveLength(2)
  await engine.database.write('strict', (unit) => unit.applyOperations('p', [purge(names)]))
  const restarted = await anEngine({ storage: engine.storage })
  for (const reader of [engine, restarted]) expect(await shownIds(reader)).toEqual(withoutM5)
  await fold(restarted)
  expect(await shownIds(await anEngine({ storage: engine.storage }))).toEqual(withoutM5)
})

test('what a pull brings while a tail is folded in the same transaction is kept', async () => {
  const engine = await anEngine()
  await engine.appendMessages({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversationId: 'c',
    messages: someMessages(120),
  })
  const first = (await operationsOf(engine)).find(
    (one) => one.kind === 'set' && one.register === 'message:m0',
  )
  if (first?.kind !== 'set') throw new Error('m0 was not written')
  const pulled: Operation = {
    ...first,
    id: operationId(7),
    stamp: first.stamp + 1,
    overwrites: [first.id],
    value: { ...(first.value as object), message: aMessage('m0', 'from elsewhere').message },
  }
  const write = (operations: readonly Operation[]) =>
    engine.database.write('relaxed', (unit) => unit.applyOperations('p', operations))
  await Promise.all([write([]), write([pulled]), fold(engine)])
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  expect(messages[0]?.message).toEqual(aMessage('m0', 'from elsewhere').message)
  expect(messages).toHaveLength(120)
  await engine.wake('focus')
  expect(
    (await engine.database.read(['conversations'], (tx) => tx.get('conversations', 'c')))?.tailCount,
  ).toBe(32)
})

test('a message that moves back before packed ones is shown once, wherever it is folded', async () => {
  const engine = await anEngine()
  const messages = someMessages(300)
  await engine.importConversations({
    mutationId: engine.mutation(),
    projectId: 'p',
    conversations: [{ id: 'c', messages }],
  })
  const known = await operationsOf(engine)
  const operationOf = (id: string) => {
    const found = known.find((one) => one.kind === 'set' && one.register === `message:${id}`)
    if (found?.kind !== 'set') throw new Error(`${id} was not written`)
    return found
  }
  const place = operationOf('m100').value as { born: number; parentId: string }
  const moved = operationOf('m290')
  const earlier: Operation = {
    ...moved,
    id: operationId(9),
    value: { ...(moved.value as object), born: place.born, parentId: place.parentId },
  }
  await engine.database.write('strict', (unit) => unit.applyOperations('p', [earlier]))
  const before = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  expect(before.messages.filter(({ id }) => id === 'm290')).toHaveLength(1)
  for (let index = 40; index < 240; index++) {
    const message = aMessage(`m${index}`, `edited ${index}`)
    await engine.editMessage({ mutationId: engine.mutation(), conversationId: 'c', message })
  }
  const expected = (await engine.loadMessages({ conversationId: 'c', limit: 0 })).messages
  await fold(engine)
  const restarted = await anEngine({ storage: engine.storage })
  for (const reader of [engine, restarted]) {
    expect((await reader.loadMessages({ conversationId: 'c', limit: 0 })).messages).toEqual(expected)
  }
})

test('a moved message that was edited in the tail leaves no second copy in its pack', async () => {
  const engine = await aFoldedChat(300)
  await engine.editMessage({
    mutationId: engine.mutation(),
    conversationId: 'c',
    message: aMessage('m50', 'edited'),
  })
  const known = await operationsOf(engine)
  const mine = known.find((one) => one.kind === 'set' && one.register === 'message:m50')
  const target = known.find((one) => one.kind === 'set' && one.register === 'message:m10')
  if (mine?.kind !== 'set' || target?.kind !== 'set') throw new Error('not written')
  const { born, parentId } = target.value as { born: number; parentId: string }
  const earlier: Operation = {
    ...mine,
    id: operationId(9),
    overwrites: [],
    value: { ...(mine.value as object), born, parentId },
  }
  await engine.database.write('strict', (unit) => unit.applyOperations('p', [earlier]))
  for (const reader of [engine, await anEngine({ storage: engine.storage })]) {
    const ids = (await reader.loadMessages({ conversationId: 'c', limit: 0, leafId: 'm299' })).messages.map(
      ({ id }) => id,
    )
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.indexOf('m50')).toBeLessThan(ids.indexOf('m51'))
  }
})

test('an edit that shares its transaction with a fold is laid over what was folded', async () => {
  const engine = await aFoldedChat(300)
  const edit = (text: string) =>
    engine.editMessage({ mutationId: engine.mutation(), conversationId: 'c', message: aMessage('m5', text) })
  await edit('once')
  for (let index = 20; index < 60; index++) {
    const message = aMessage(`m${index}`, 'other')
    await engine.editMessage({ mutationId: engine.mutation(), conversationId: 'c', message })
  }
  const m6 = (await operationsOf(engine)).find((one) => one.kind === 'set' && one.register === 'message:m6')
  const m5 = (await operationsOf(engine)).find((one) => one.kind === 'set' && one.register === 'message:m5')
  if (m5?.kind !== 'set' || m6?.kind !== 'set') throw new Error('not written')
  const twice: Operation = {
    ...m5,
    id: operationId(3),
    stamp: m5.stamp + 1,
    overwrites: [m5.id],
    value: { ...(m5.value as object), message: aMessage('m5', 'twice').message },
  }
  await Promise.all([
    engine.database.write('relaxed', (unit) => unit.applyOperations('p', [])),
    engine.database.write('relaxed', (unit) => unit.levelOf(m6)),
    fold(engine),
    engine.database.write('relaxed', (unit) => unit.applyOperations('p', [twice])),
  ])
  const values = (await operationsOf(engine)).filter(
    (one) => one.kind === 'set' && one.register === 'message:m5',
  )
  expect(values).toEqual([twice])
  const stubs = (await operationsOf(engine)).filter(
    (one) => one.kind === 'stub' && one.register === 'message:m5',
  )
  expect(stubs).toHaveLength(2)
})
