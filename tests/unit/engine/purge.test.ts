import { expect, test } from 'vitest'
import type { OperationId } from '../../../src/domain/ids.ts'
import type { Operation } from '../../../src/domain/operation.ts'
import { STORE_NAMES } from '../../../src/ports/schema.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { aMessage, anEngine, someMessages, type TestEngine } from '../../builders/engine.ts'

const IMAGE = `data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(4_000)}`
const withImage = (id: string, url = IMAGE) => ({
  message: { id, role: 'user', parts: [{ type: 'file', mediaType: 'image/png', url }] },
})
const inC = (engine: TestEngine) => ({
  mutationId: engine.mutation(),
  projectId: 'p',
  conversationId: 'c',
})
const commandOn = (engine: TestEngine, conversationId = 'c') => ({
  mutationId: engine.mutation(),
  conversationId,
})

/** Everything in a database as text: what a curious person would search. */
async function everything(engine: TestEngine): Promise<string> {
  return engine.database.read(STORE_NAMES, async (tx) => {
    const stores = await Promise.all(STORE_NAMES.map((store) => tx.scan(store)))
    return JSON.stringify(stores)
  })
}
const known = (engine: TestEngine) => engine.database.write('strict', (unit) => unit.knownOperations('c'))
const listed = async (engine: TestEngine) => {
  const shelves = ['pinned', 'open', 'archived', 'trashed'] as const
  return (await engine.listConversations({ projectId: 'p', shelves })).conversations.map(({ id }) => id)
}
const queued = (engine: TestEngine): Promise<Operation[]> =>
  engine.database.read(['outbox'], async (tx) =>
    (await tx.scan('outbox')).flatMap(({ operations }) => operations),
  )

test('what is deleted for ever leaves nothing of its text on the device: tail, packs, queue, drafts, titles', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...inC(engine), messages: someMessages(150, 'secret') })
  await engine.wake('focus') // Packs the older ones.
  await engine.editMessage({ ...commandOn(engine), message: aMessage('secret3', 'a secret edit') })
  await engine.renameConversation({ ...commandOn(engine), title: 'secret title' })
  await engine.setTag({ ...commandOn(engine), tag: 'work', present: true })
  await engine.saveComposer({ projectId: 'p', conversationId: 'c', text: 'secret and unsent' })
  await engine.trashConversation(commandOn(engine))
  await engine.purgeConversation(commandOn(engine))
  const left = await everything(engine)
  expect(left).not.toContain('text 7')
  expect(left).not.toContain('secret edit')
  expect(left).not.toContain('secret title')
  expect(left).not.toContain('unsent')
  expect(await listed(engine)).toEqual([])
  expect(await engine.getConversation({ conversationId: 'c' })).toBeNull()
  expect((await engine.loadMessages({ conversationId: 'c', limit: 0 })).messages).toEqual([])
})

test('a purge names what is overwritten before what overwrites it, at most 1,000 ids at a time', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...inC(engine), messages: someMessages(1_500) })
  for (let round = 0; round < 3; round++)
    await engine.editMessage({ ...commandOn(engine), message: aMessage('m0', `edit ${round}`) })
  const before = await known(engine)
  await engine.purgeConversation(commandOn(engine))
  const purges = (await known(engine)).filter((operation) => operation.kind === 'purge')
  const names = purges.flatMap((purge) => purge.names)
  expect(purges.map((purge) => purge.names.length)).toEqual([1_000, 503])
  expect(new Set(names)).toEqual(new Set(before.map(({ id }) => id)))
  for (const operation of before) {
    if (operation.kind === 'purge') continue
    for (const id of operation.overwrites) expect(names.indexOf(id)).toBeLessThan(names.indexOf(operation.id))
  }
})

test('after the trash only what it recorded is purged: a message that came later stays and shows the conversation', async () => {
  const engine = await anEngine()
  const other = await anEngine({ seed: 2 })
  await engine.appendMessages({ ...inC(engine), messages: [aMessage('one')] })
  await other.database.write('strict', async (unit) => unit.applyOperations('p', await known(engine)))
  await other.appendMessages({ ...inC(other), messages: [aMessage('unseen')] })
  await engine.trashConversation(commandOn(engine))
  await engine.purgeConversation(commandOn(engine))
  await engine.database.write('strict', async (unit) => unit.applyOperations('p', await known(other)))
  expect(await listed(engine)).toEqual(['c'])
  expect(await engine.getConversation({ conversationId: 'c' })).toMatchObject({ trashed: false })
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  expect(messages.map(({ id }) => id)).toEqual(['unseen'])
})

test('an edit that the purge had not seen survives it', async () => {
  const engine = await anEngine()
  const other = await anEngine({ seed: 2 })
  await engine.appendMessages({ ...inC(engine), messages: [aMessage('one')] })
  await other.database.write('strict', async (unit) => unit.applyOperations('p', await known(engine)))
  await other.editMessage({ ...commandOn(other), message: aMessage('one', 'edited elsewhere') })
  await engine.purgeConversation(commandOn(engine))
  for (const [to, from] of [
    [engine, other],
    [other, engine],
  ] as const)
    await to.database.write('strict', async (unit) => unit.applyOperations('p', await known(from)))
  for (const each of [engine, other]) {
    const { messages } = await each.loadMessages({ conversationId: 'c', limit: 0 })
    expect(messages.map(({ message }) => message.parts)).toEqual([
      [{ type: 'text', text: 'edited elsewhere' }],
    ])
    expect(await listed(each)).toEqual(['c'])
  }
})

test('an answer that grows in another tab outlives the deletion, and shows the conversation again', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...inC(engine), messages: [aMessage('one')] })
  const answer = aMessage('answer', 'half an answer', 'assistant')
  const draft = { projectId: 'p', conversationId: 'c', attemptId: 'attempt', owner: 'tab' }
  await engine.checkpointDraft({ ...draft, message: answer.message })
  await engine.purgeConversation(commandOn(engine))
  expect(await listed(engine)).toEqual([])
  await engine.finishDraft({ ...draft, mutationId: engine.mutation(), message: answer })
  const { messages } = await engine.loadMessages({ conversationId: 'c' })
  expect(messages.map(({ id }) => id)).toEqual(['answer'])
  expect(await listed(engine)).toEqual(['c'])
})

test('a conversation that nothing was ever written to can be deleted for ever', async () => {
  const engine = await anEngine()
  await engine.createConversation(inC(engine))
  await engine.purgeConversation(commandOn(engine))
  expect(await listed(engine)).toEqual([])
})

test('the same act twice purges once', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...inC(engine), messages: [aMessage('one')] })
  const command = commandOn(engine)
  const first = await engine.purgeConversation(command)
  const revision = await known(engine)
  expect(await engine.purgeConversation(command)).toEqual(first)
  await engine.purgeConversation(commandOn(engine))
  expect(await known(engine)).toEqual(revision)
})

test('what waits for the cloud goes there without its value', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...inC(engine), messages: [aMessage('one', 'never sent')] })
  await engine.purgeConversation(commandOn(engine))
  const operations = await queued(engine)
  expect(JSON.stringify(operations)).not.toContain('never sent')
  expect(operations.map(({ kind }) => kind)).toEqual(['stub', 'set', 'purge'])
  const unnamed = await anEngine({ seed: 3, hasCloud: false })
  await unnamed.appendMessages({ ...inC(unnamed), messages: [aMessage('one')] })
  await unnamed.purgeConversation(commandOn(unnamed))
  expect(await queued(unnamed)).toEqual([])
})

test('what was put aside by the cloud is forgotten with its conversation', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...inC(engine), messages: [aMessage('one', 'too large')] })
  await engine.database.write('strict', async ({ tx }) => {
    for (const row of await tx.scan('outbox')) await tx.put('outbox', { ...row, state: 'quarantined' })
  })
  await engine.purgeConversation(commandOn(engine))
  expect((await queued(engine)).map(({ kind }) => kind)).toEqual(['set', 'purge'])
})

test('a removed message can be removed for ever: its place stays, no value of it does', async () => {
  const engine = await anEngine()
  await engine.appendMessages({ ...inC(engine), messages: someMessages(150) })
  await engine.wake('focus')
  await engine.editMessage({ ...commandOn(engine), message: aMessage('m5', 'a secret edit') })
  await engine.removeMessage({ ...commandOn(engine), messageId: 'm5', forever: true })
  const left = await everything(engine)
  expect(left).not.toMatch(/text 5[\\"]/)
  expect(left).toMatch(/text 6[\\"]/)
  expect(left).not.toContain('secret edit')
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  expect(messages).toHaveLength(149)
  expect(messages[5]).toMatchObject({ id: 'm6', parentId: 'm5' })
  expect(await listed(engine)).toEqual(['c'])
})

test('a value that comes late under something purged is purged by whoever sees it, and by all with the same operation', async () => {
  const at = (index: number) => `${index}`.padStart(22, 'x') as OperationId
  const set = (index: number, overwrites: number[]): Operation => ({
    kind: 'set',
    id: at(index),
    conversationId: 'c',
    register: 'title',
    stamp: index,
    overwrites: overwrites.map(at),
    value: `title ${index}`,
  })
  const purge: Operation = { kind: 'purge', id: at(100), conversationId: 'c', names: [at(3)] }
  const purges: (readonly Operation[])[] = []
  for (const seed of [1, 2]) {
    const engine = await anEngine({ seed })
    const see = (...operations: Operation[]) =>
      engine.database.write('strict', async (unit) => {
        await unit.applyOperations('p', operations)
        await unit.purgeLate(operations)
      })
    await see(set(3, [2]), purge)
    await see(set(2, [1]))
    await see(set(1, []))
    const named = (await known(engine)).flatMap((one) => (one.kind === 'purge' ? one.names : []))
    expect([...new Set(named)].sort()).toEqual([at(1), at(2), at(3)])
    purges.push((await queued(engine)).filter(({ kind }) => kind === 'purge'))
    expect(await everything(engine)).not.toContain('title 1')
  }
  expect(purges[0]).not.toEqual([])
  expect(purges[1]).toEqual(purges[0])
})

test('an inline file goes with the last message that refers to it, packed, edited or purged', async () => {
  const engine = await anEngine()
  const files = () => engine.database.read(['blobs'], (tx) => tx.count('blobs'))
  const append = (conversationId: string, ...messages: ReturnType<typeof withImage>[]) =>
    engine.appendMessages({ ...inC(engine), conversationId, messages })
  await append('c', withImage('one'))
  await append('d', withImage('other'))
  await append('e', withImage('own', `${IMAGE}e`))
  const conversations = [{ id: 'f', messages: [withImage('packed', `${IMAGE}f`)] }]
  await engine.importConversations({ mutationId: engine.mutation(), projectId: 'p', conversations })
  expect(await files()).toBe(3)
  await engine.purgeConversation(commandOn(engine, 'c'))
  await engine.wake('focus')
  expect(await files()).toBe(3)
  await engine.editMessage({ ...commandOn(engine, 'd'), message: aMessage('other', 'no image') })
  await engine.wake('focus')
  expect(await files()).toBe(2)
  await engine.purgeConversation(commandOn(engine, 'f'))
  await engine.wake('focus')
  expect(await files()).toBe(1)
  const { messages } = await engine.loadMessages({ conversationId: 'e' })
  expect(messages[0]?.message).toEqual(withImage('own', `${IMAGE}e`).message)
})

test('a file that is used again while it is being collected stays', async () => {
  let whileReading: (() => Promise<unknown>) | undefined
  const storage = createMemoryStorage({
    onRequest({ kind, store }) {
      if (kind !== 'scan' || store !== 'packs' || whileReading === undefined) return
      void whileReading()
      whileReading = undefined
    },
  })
  const engine = await anEngine({ storage })
  await engine.appendMessages({ ...inC(engine), messages: [withImage('one')] })
  await engine.purgeConversation(commandOn(engine))
  let again: Promise<unknown> | undefined
  whileReading = () => {
    again = engine.appendMessages({ ...inC(engine), conversationId: 'b', messages: [withImage('two')] })
    return again
  }
  await engine.wake('focus')
  await again
  await engine.wake('focus')
  const { messages } = await engine.loadMessages({ conversationId: 'b' })
  expect(messages[0]?.message).toEqual(withImage('two').message)
})
