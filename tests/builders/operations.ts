import fc from 'fast-check'
import type { OperationId } from '../../src/domain/ids.ts'
import type { Operation, SetOperation } from '../../src/domain/operation.ts'

const CONVERSATION = 'c'
export const operationId = (index: number, salt = ''): OperationId =>
  `${salt}${index}`.padStart(22, 'x').slice(-22) as OperationId

/**
 * Histories as several devices make them: every operation overwrites some of what its author had seen of the register, some values
 * are gone (only the stub is sent), and some operations are purged.
 */
export function histories(options: { readonly registers: readonly string[]; readonly size?: number }) {
  const step = fc.record({
    register: fc.constantFrom(...options.registers),
    clock: fc.integer({ min: 0, max: 50 }),
    seen: fc.array(fc.nat(30), { maxLength: 3 }),
    text: fc.constantFrom('a', 'ab', 'abc', 'other'),
    status: fc.constantFrom('complete', 'interrupted', 'stopped'),
    lost: fc.nat(9),
    purged: fc.nat(14),
    parent: fc.option(fc.nat(30), { nil: null }),
    removed: fc.nat(9),
  })
  return fc.array(step, { maxLength: options.size ?? 14 }).map((steps) => {
    const made: SetOperation[] = []
    const operations: Operation[] = []
    for (const [index, one] of steps.entries()) {
      const earlier = made.filter(({ register }) => register === one.register)
      const overwrites = [
        ...new Set(one.seen.flatMap((pick) => earlier[pick % Math.max(1, earlier.length)] ?? [])),
      ]
      const stamp = Math.max(one.clock, ...overwrites.map((operation) => operation.stamp + 1))
      const isMessage = one.register.startsWith('message:')
      const first = (isMessage ? earlier[0]?.value : undefined) as
        | { parentId: string | null; born: number }
        | undefined
      const messages = made.filter(
        ({ register }) => register.startsWith('message:') && register !== one.register,
      )
      const parent = one.parent === null ? undefined : messages[one.parent % Math.max(1, messages.length)]
      const born = (parent?.value as { born: number } | undefined)?.born
      const place = first ?? {
        parentId: parent?.register.slice('message:'.length) ?? null,
        born: Math.max(stamp, (born ?? -1) + 1),
      }
      const { parentId } = place
      const value = isMessage
        ? one.removed === 0
          ? { parentId, born: place.born, removed: true }
          : {
              parentId,
              born: place.born,
              createdAt: 0,
              status: one.status,
              message: {
                id: one.register.slice('message:'.length),
                role: 'assistant',
                parts: [{ type: 'text', text: one.text }],
              },
            }
        : one.text
      const operation: SetOperation = {
        kind: 'set',
        id: operationId(index),
        conversationId: CONVERSATION,
        register: one.register,
        stamp: isMessage ? Math.max(stamp, place.born) : stamp,
        overwrites: overwrites.map(({ id }) => id),
        value,
      }
      made.push(operation)
      operations.push(operation)
      if (one.lost === 0) {
        const { id, conversationId, register } = operation
        operations.push({ kind: 'stub', id, conversationId, register, overwrites: operation.overwrites })
      }
      if (one.purged === 0) {
        const names = [operation, ...earlier.slice(0, 2)].map(({ id }) => id)
        operations.push({ kind: 'purge', id: operationId(index, 'p'), conversationId: CONVERSATION, names })
      }
    }
    return operations
  })
}

/** A list and some order of it with repeats. */
export function shuffled<T>(lists: fc.Arbitrary<T[]>): fc.Arbitrary<[T[], T[]]> {
  return lists.chain((list) =>
    fc
      .tuple(
        fc.shuffledSubarray(list, { minLength: list.length }),
        fc.array(fc.nat(Math.max(0, list.length - 1)), { maxLength: 5 }),
      )
      .map(([order, repeats]): [T[], T[]] => [
        list,
        [...order, ...repeats.flatMap((index) => list[index] ?? [])],
      ]),
  )
}
