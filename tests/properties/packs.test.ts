import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MutationId } from '../../src/domain/ids.ts'
import type { Operation, SetOperation } from '../../src/domain/operation.ts'
import { foldTail } from '../../src/engine/fold.ts'
import { decodePack, encodePacks, PACK_LIMITS } from '../../src/engine/packs.ts'
import type { PackedMessage } from '../../src/ports/records/pack.ts'
import { aMessage, anEngine, type TestEngine } from '../builders/engine.ts'
import { operationId } from '../builders/operations.ts'

const ACTS = ['edit', 'remove', 'purge', 'move', 'append', 'fork', 'fold', 'switch', 'edit many'] as const
type Step = { readonly act: (typeof ACTS)[number]; readonly pick: number; readonly other: number }
const aStep = fc.record({ act: fc.constantFrom(...ACTS), pick: fc.nat(300), other: fc.nat(300) })

/** One database under two engines, which are told in turn what to do. */
async function aWorld(folds: boolean) {
  const one = await anEngine()
  const engines = [one, await anEngine({ storage: one.storage, clock: one.clock })] as const
  let count = 0
  const mutationId = () => `mutation-${String(++count).padStart(5, '0')}` as MutationId
  const filler = 'x'.repeat(900)
  const world = { engine: one as TestEngine, step, view }
  const command = () => ({ mutationId: mutationId(), conversationId: 'c' })
  const fold = async () => {
    if (folds) await world.engine.database.command('relaxed', (unit) => foldTail(unit, 'c'))
  }
  const messages = Array.from({ length: 110 }, (_, index) => aMessage(`m${index}`, `${index} ${filler}`))
  await one.appendMessages({ ...command(), projectId: 'p', messages })
  await fold()

  const known = () => world.engine.database.write('strict', (unit) => unit.knownOperations('c'))
  const apply = (operation: Operation) =>
    world.engine.database.write('strict', (unit) => unit.applyOperations('p', [operation]))

  async function step({ act, pick, other }: Step): Promise<void> {
    const { engine } = world
    const shown = (await engine.loadMessages({ conversationId: 'c', limit: 0 })).messages
    const target = shown[pick % Math.max(1, shown.length)]
    const id = `n${++count}`
    if (target === undefined) return
    const { born } = target
    if (act === 'edit')
      await engine.editMessage({ ...command(), message: aMessage(target.id, `é ${filler}`) })
    if (act === 'edit many') {
      const edited = shown.slice(pick % 60, (pick % 60) + 40)
      await Promise.all(
        edited.map(({ id }) => engine.editMessage({ ...command(), message: aMessage(id, `edited ${pick}`) })),
      )
    }
    if (act === 'remove') await engine.removeMessage({ ...command(), messageId: target.id })
    if (act === 'append' || act === 'fork') {
      const after = { id: target.id, born }
      const fork = act === 'fork'
      await engine.appendMessages({ ...command(), projectId: 'p', messages: [aMessage(id)], after, fork })
    }
    if (act === 'purge') {
      const named = (await known()).flatMap((one) =>
        one.kind !== 'purge' && one.register === `message:${target.id}` ? [one.id] : [],
      )
      await apply({ kind: 'purge', id: operationId(count, 'p'), conversationId: 'c', names: named })
    }
    if (act === 'move') {
      const moved = (await known()).find(
        (one): one is SetOperation => one.kind === 'set' && one.register === `message:${target.id}`,
      )
      const earlier = shown[other % shown.length]
      if (moved === undefined || earlier === undefined) return
      const value = { ...(moved.value as object), born: earlier.born, parentId: earlier.parentId }
      await apply({ ...moved, id: operationId(count, 'v'), value })
    }
    if (act === 'fold') await fold()
    if (act === 'switch') world.engine = engines[world.engine === engines[0] ? 1 : 0]
  }

  async function view(reader: TestEngine) {
    const record = await reader.database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
    const {
      revision: _revision,
      pristine: _pristine,
      packedCount: _packed,
      tailCount: _tail,
      ...shown
    } = record ?? { revision: 0, pristine: undefined }
    const whole = await reader.loadMessages({ conversationId: 'c', limit: 0 })
    const paged: string[] = []
    for (
      let before = whole.older ?? undefined, isFirst = true;
      isFirst || before !== undefined;
      isFirst = false
    ) {
      const page = await reader.loadMessages({ conversationId: 'c', limit: 7, ...(before ? { before } : {}) })
      paged.unshift(...page.messages.map(({ id }) => id))
      before = page.older ?? undefined
    }
    const operations = (await reader.database.write('strict', (unit) => unit.knownOperations('c'))).map(
      (one) => JSON.stringify(one),
    )
    return { shown, messages: whole.messages, paged, operations: operations.sort() }
  }
  return world
}

test('packs change nothing that is seen, whatever is edited, purged or moved, by whichever engine', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 3, maxLength: 12 }), async (steps) => {
      const [packed, plain] = [await aWorld(true), await aWorld(false)]
      for (const step of steps) for (const world of [packed, plain]) await world.step(step)
      const expected = await plain.view(plain.engine)
      expect(expected.paged).toEqual(expected.messages.map(({ id }) => id))
      expect(await packed.view(packed.engine)).toEqual(expected)
      expect(await packed.view(await anEngine({ storage: packed.engine.storage }))).toEqual(expected)
    }),
    { numRuns: 12 },
  )
})

test('a pack never takes more bytes than it may, unless one message does, and is read back as it was', () => {
  const texts = fc.array(fc.record({ size: fc.nat(30_000), letter: fc.constantFrom('a', 'é', 'あ', '"') }), {
    maxLength: 12,
  })
  fc.assert(
    fc.property(texts, (sizes) => {
      const messages: PackedMessage[] = sizes.map(({ size, letter }, index) => ({
        id: `m${index}`,
        born: index,
        parentId: null,
        heads: [
          {
            id: operationId(index),
            stamp: index,
            overwrites: [],
            value: {
              parentId: null,
              born: index,
              createdAt: 0,
              status: 'complete',
              message: { id: `m${index}`, role: 'user', content: letter.repeat(size) },
            },
          },
        ],
      }))
      const packs = encodePacks('c', messages)
      expect(packs.flatMap(decodePack)).toEqual(messages)
      for (const { text, count } of packs) {
        const bytes = text.length * (Array.from(text).some((letter) => letter > 'ÿ') ? 2 : 1)
        expect(count === 1 || bytes <= PACK_LIMITS.packBytes + 2 * (count + 1)).toBe(true)
      }
    }),
    { numRuns: 60 },
  )
})
