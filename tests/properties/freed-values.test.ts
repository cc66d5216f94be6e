import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OperationId } from '../../src/domain/ids.ts'
import {
  applyPurge,
  applyToRegister,
  EMPTY_REGISTER,
  freeHeads,
  type RegisterState,
} from '../../src/domain/merge.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { anEngine, type TestEngine } from '../builders/engine.ts'
import { histories, shuffled } from '../builders/operations.ts'

const registers = ['message:a', 'message:b', 'message:c', 'title', 'leaf']

const apply = (engine: TestEngine, operations: readonly Operation[], freedProvenAt?: number) =>
  engine.database.write('strict', (unit) =>
    unit.applyOperations('p', operations, freedProvenAt === undefined ? {} : { freedProvenAt }),
  )

async function engineWith(operations: readonly Operation[]): Promise<TestEngine> {
  const engine = await anEngine()
  await apply(engine, operations)
  return engine
}

const free = (engine: TestEngine) => engine.database.write('relaxed', (unit) => unit.free('c', 0))
async function fill(engine: TestEngine, operations: readonly Operation[]): Promise<void> {
  await apply(engine, operations)
  await engine.database.write('relaxed', (unit) => unit.noteFilled('c').then(() => undefined))
}

/** Everything a reader can see, and everything that is held, but for what counts writes on this device. */
async function view(engine: TestEngine) {
  const record = await engine.database.read(['conversations'], (tx) => tx.get('conversations', 'c'))
  const { messages } = await engine.loadMessages({ conversationId: 'c', limit: 0 })
  const known = await engine.database.write('strict', (unit) => unit.knownOperations('c'))
  const shown = { ...record, revision: 0, createdAt: 0, lastMessageAt: 0, tailCount: 0, packedCount: 0 }
  delete shown.pristine
  return { shown, messages, known: known.map((one) => JSON.stringify(one)).sort() }
}

test('what is freed and fetched again is as it was, whatever came in between', async () => {
  await fc.assert(
    fc.asyncProperty(
      shuffled(histories({ registers, size: 20 })),
      fc.nat(20),
      async ([operations, reordered], until) => {
        const device = await engineWith(reordered.slice(0, until))
        await free(device)
        await apply(device, reordered, 0)
        await fill(device, operations)
        expect(await view(device)).toEqual(await view(await engineWith(operations)))
      },
    ),
    { numRuns: 150 },
  )
})

test('what the cloud lost of freed values counts as stubs, and what they overwrote counts again', async () => {
  await fc.assert(
    fc.asyncProperty(
      histories({ registers: ['message:a', 'message:b'], size: 16 }),
      fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
      async (operations, isLost) => {
        const device = await engineWith(operations)
        const held = await device.database.write('strict', (unit) => unit.knownOperations('c'))
        const heads = held.filter(({ kind }) => kind === 'set')
        const lost = new Set(heads.filter((_, index) => isLost[index] === true).map(({ id }) => id))
        await free(device)
        // The restored cloud has all values that were ever written but these.
        const left = operations.map((one): Operation => {
          if (one.kind !== 'set' || !lost.has(one.id)) return one
          const { id, conversationId, register, overwrites } = one
          return { kind: 'stub', id, conversationId, register, overwrites }
        })
        await apply(device, left, 1)
        const isWanted = await device.database.write('relaxed', (unit) => unit.settleAbsence('c', 1))
        const shown = await view(await engineWith(left))
        if (isWanted || (await view(device)).shown.absent !== undefined) await fill(device, left)
        expect((await view(device)).messages).toEqual(shown.messages)
        expect((await view(device)).known).toEqual(shown.known)
      },
    ),
    { numRuns: 200 },
  )
})

test('a freed register hides what it hid with its values', () => {
  const idsOf = (state: RegisterState) =>
    [...state.heads.map(({ id }) => id), ...(state.absent?.keys() ?? [])].sort()
  fc.assert(
    fc.property(shuffled(histories({ registers: ['message:m'] })), fc.nat(14), ([, reordered], until) => {
      const purged = new Set<OperationId>()
      const isPurged = (id: OperationId) => purged.has(id)
      let kept: RegisterState = EMPTY_REGISTER
      let freed: RegisterState = EMPTY_REGISTER
      for (const [index, operation] of reordered.entries()) {
        if (index === until) freed = freeHeads(freed)
        if (operation.kind === 'purge') {
          for (const id of operation.names) purged.add(id)
          kept = applyPurge(kept, isPurged)
          freed = applyPurge(freed, isPurged)
        } else {
          kept = applyToRegister(kept, operation, isPurged)
          freed = applyToRegister(freed, operation, isPurged)
        }
        expect(idsOf(freed)).toEqual(idsOf(kept))
      }
    }),
    { numRuns: 500 },
  )
})
