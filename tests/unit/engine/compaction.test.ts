import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OLD_COPIES_KEPT_MS } from '../../../src/engine/compact.ts'
import { aMessage, anEngine, someMessages, type TestEngine } from '../../builders/engine.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const on = (engine: TestEngine, conversationId = 'c') => ({ mutationId: engine.mutation(), conversationId })

async function packs(engine: TestEngine): Promise<string> {
  const records = await engine.database.read(['packs'], (tx) => tx.scan('packs'))
  return records.map(({ text }) => text).join()
}

async function withHistory(conversationId = 'c', engine?: TestEngine): Promise<TestEngine> {
  const made = engine ?? (await anEngine())
  await made.appendMessages({ ...on(made, conversationId), projectId: 'p', messages: someMessages(130) })
  await made.wake('focus')
  return made
}

/** Everything a reader or another device can get. */
async function view(engine: TestEngine) {
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  const known = await engine.database.write('strict', (unit) => unit.knownOperations('c'))
  const conversation = await engine.getConversation({ conversationId: 'c' })
  return { messages, known, conversation: { ...conversation, revision: 0 } }
}

test('packs lose the copy of what was edited once the edit is 30 days old, and nothing is read differently', async () => {
  const engine = await withHistory()
  await engine.editMessage({ ...on(engine), message: aMessage('m5', 'edited') })
  await engine.removeMessage({ ...on(engine), messageId: 'm7' })
  const before = await view(engine)
  engine.clock.advance(OLD_COPIES_KEPT_MS - DAY_MS)
  await engine.wake('focus')
  expect(await packs(engine)).toContain('"text 5"')
  engine.clock.advance(DAY_MS + 1_000)
  await engine.wake('focus')
  expect(await packs(engine)).not.toContain('"text 5"')
  expect(await packs(engine)).not.toContain('"text 7"')
  expect(await packs(engine)).toContain('"text 6"')
  expect(await view(engine)).toEqual(before)
})

test('a round is gone through in slices, and the next one waits for a day', async () => {
  const engine = await anEngine()
  const conversations = Array.from({ length: 120 }, (_, index) => ({
    id: `c${index}`,
    messages: someMessages(3, `c${index}-`),
  }))
  await engine.importConversations({ mutationId: engine.mutation(), projectId: 'p', conversations })
  for (const { id } of conversations)
    await engine.editMessage({ ...on(engine, id), message: aMessage(`${id}-1`, 'edited') })
  const old = async () => [...(await packs(engine)).matchAll(/"text 1"/g)].length
  engine.clock.advance(OLD_COPIES_KEPT_MS + 1_000)
  const left: number[] = []
  for (let slice = 0; slice < 4; slice++) {
    await engine.wake('focus')
    left.push(await old())
  }
  expect(left).toEqual([70, 20, 0, 0])
})

test('nothing is compacted while the space is healed', async () => {
  const engine = await withHistory()
  await engine.editMessage({ ...on(engine), message: aMessage('m5', 'edited') })
  const change = (suspect: boolean) =>
    engine.database.write('strict', async ({ tx }) => {
      const space = await tx.get('sync_metadata', 's:p')
      if (space?.kind === 'space') await tx.put('sync_metadata', { ...space, suspect })
    })
  await change(true)
  engine.clock.advance(OLD_COPIES_KEPT_MS + DAY_MS)
  await engine.wake('focus')
  expect(await packs(engine)).toContain('"text 5"')
  await change(false)
  engine.clock.advance(DAY_MS)
  await engine.wake('focus')
  expect(await packs(engine)).not.toContain('"text 5"')
})

test('compaction on a device changes nothing that is seen or offered, whatever was done before and after', async () => {
  const act = fc.tuple(fc.constantFrom('edit', 'remove', 'append', 'purge', 'compact'), fc.nat(200))
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 10 }), async (acts) => {
      const [compacting, plain] = [await withHistory(), await withHistory()]
      for (const engine of [compacting, plain]) {
        for (const [what, pick] of [...acts, ['compact', 0] as const]) {
          if (what === 'compact') {
            engine.clock.advance(OLD_COPIES_KEPT_MS + DAY_MS)
            if (engine === compacting) await engine.wake('focus')
            continue
          }
          const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
          const id = messages[pick % messages.length]?.id ?? 'm0'
          if (what === 'edit') await engine.editMessage({ ...on(engine), message: aMessage(id, `${pick}`) })
          if (what === 'remove') await engine.removeMessage({ ...on(engine), messageId: id })
          if (what === 'purge') await engine.removeMessage({ ...on(engine), messageId: id, forever: true })
          if (what === 'append')
            await engine.appendMessages({ ...on(engine), projectId: 'p', messages: [aMessage(`n${pick}`)] })
        }
      }
      expect(await view(compacting)).toEqual(await view(plain))
    }),
    { numRuns: 20 },
  )
})
