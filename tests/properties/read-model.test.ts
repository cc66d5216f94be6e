import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Operation } from '../../src/domain/operation.ts'
import { aMessage, anEngine, type TestEngine } from '../builders/engine.ts'
import { histories, shuffled } from '../builders/operations.ts'

const registers = ['message:a', 'message:b', 'message:c', 'title', 'leaf', 'tag:work', 'archived']

async function engineWith(batches: readonly (readonly Operation[])[]): Promise<TestEngine> {
  const engine = await anEngine()
  for (const operations of batches) {
    await engine.database.write('strict', (unit) => unit.applyOperations('p', operations))
  }
  return engine
}

/** Everything a reader can see, but for what counts writes on this device. */
async function view(engine: TestEngine) {
  const record = await engine.database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
  const page = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  const known = await engine.database.write('strict', (unit) => unit.knownOperations('c'))
  const {
    revision: _revision,
    pristine: _pristine,
    createdAt: _createdAt,
    lastMessageAt: _at,
    tailCount: _tail,
    packedCount: _packed,
    ...shown
  } = record ?? {
    revision: 0,
    pristine: undefined,
    createdAt: 0,
    lastMessageAt: 0,
    tailCount: 0,
    packedCount: 0,
  }
  return { shown, messages: page.messages, known: known.map((one) => JSON.stringify(one)).sort() }
}

test('the read model is a function of the set of operations, whatever the order, batches and repeats', async () => {
  await fc.assert(
    fc.asyncProperty(
      shuffled(histories({ registers, size: 20 })),
      fc.integer({ min: 1, max: 6 }),
      async ([operations, reordered], size) => {
        const batches: Operation[][] = []
        for (let index = 0; index < reordered.length; index += size)
          batches.push(reordered.slice(index, index + size))
        const [one, other] = await Promise.all([engineWith([operations]), engineWith(batches)])
        expect(await view(other)).toEqual(await view(one))
      },
    ),
    { numRuns: 150 },
  )
})

test('what one device knows makes the same state on another', async () => {
  await fc.assert(
    fc.asyncProperty(histories({ registers, size: 20 }), async (operations) => {
      const one = await engineWith([operations])
      const known = await one.database.write('strict', (unit) => unit.knownOperations('c'))
      const other = await engineWith([known])
      expect((await view(other)).messages).toEqual((await view(one)).messages)
    }),
    { numRuns: 100 },
  )
})

test('folding changes nothing that is seen', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('append', 'edit', 'remove', 'fork', 'fold'), fc.nat(400)), {
        maxLength: 12,
      }),
      async (steps) => {
        const [folding, plain] = await Promise.all([anEngine(), anEngine()])
        for (const engine of [folding, plain]) {
          const messages = Array.from({ length: 110 }, (_, index) => aMessage(`m${index}`))
          await engine.appendMessages({
            mutationId: engine.mutation(),
            projectId: 'p',
            conversationId: 'c',
            messages,
          })
          for (const [act, pick] of steps) await perform(engine, act, pick, engine === folding)
        }
        const seen = async (engine: TestEngine) =>
          (await engine.loadMessages({ conversationId: 'c', limit: 0 })).messages
        expect(await seen(folding)).toEqual(await seen(plain))
      },
    ),
    { numRuns: 40 },
  )
})

async function perform(engine: TestEngine, act: string, pick: number, folds: boolean): Promise<void> {
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  const target = messages[pick % messages.length]
  if (target === undefined) return
  const command = () => ({ conversationId: 'c', mutationId: engine.mutation() })
  const after = { id: target.id, born: target.born }
  const id = `n${engine.mutation()}`
  if (act === 'edit')
    await engine.editMessage({ ...command(), message: aMessage(target.id, `edited ${pick}`) })
  if (act === 'remove') await engine.removeMessage({ ...command(), messageId: target.id })
  if (act === 'append' || act === 'fork') {
    await engine.appendMessages({
      ...command(),
      projectId: 'p',
      messages: [aMessage(id)],
      after,
      fork: act === 'fork',
    })
  }
  if (act === 'fold' && folds) await engine.wake('focus')
}
