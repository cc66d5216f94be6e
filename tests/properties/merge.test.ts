import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OperationId } from '../../src/domain/ids.ts'
import {
  applyPurge,
  applyToRegister,
  distinctHeads,
  EMPTY_REGISTER,
  type RegisterState,
} from '../../src/domain/merge.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { histories, shuffled } from '../builders/operations.ts'

function stateOf(operations: readonly Operation[]): RegisterState {
  const purged = new Set<OperationId>()
  const isPurged = (id: OperationId) => purged.has(id)
  let state: RegisterState = EMPTY_REGISTER
  for (const operation of operations) {
    if (operation.kind !== 'purge') state = applyToRegister(state, operation, isPurged)
    else {
      for (const id of operation.names) purged.add(id)
      state = applyPurge(state, isPurged)
    }
  }
  return state
}

const seen = (state: RegisterState) => ({
  heads: state.heads,
  stubs: [...state.stubs].map(([id, overwrites]) => [id, [...overwrites].sort()]).sort(),
})

const registers = ['message:m']

test('the state of a register is a function of the set of operations: order and repeats change nothing', () => {
  fc.assert(
    fc.property(shuffled(histories({ registers })), ([operations, reordered]) => {
      expect(seen(stateOf(reordered))).toEqual(seen(stateOf(operations)))
    }),
    { numRuns: 1_000 },
  )
})

test('applying what is known gives the same object back', () => {
  fc.assert(
    fc.property(histories({ registers }), (operations) => {
      const values = operations.filter((operation) => operation.kind === 'set')
      const state = stateOf(values)
      for (const operation of values) expect(applyToRegister(state, operation, () => false)).toBe(state)
    }),
  )
})

test('a value never loses to one that it overwrote', () => {
  fc.assert(
    fc.property(histories({ registers }), (operations) => {
      const values = operations.filter((operation) => operation.kind === 'set')
      const { heads } = stateOf(values)
      const overwritten = new Set(values.flatMap(({ overwrites }) => overwrites))
      expect(heads.some(({ id }) => overwritten.has(id))).toBe(false)
      expect(heads).toHaveLength(values.filter(({ id }) => !overwritten.has(id)).length)
    }),
  )
})

test('a purged value is never a head again, and what it overwrote stays overwritten', () => {
  fc.assert(
    fc.property(shuffled(histories({ registers })), ([operations, reordered]) => {
      const purged = new Set(
        operations.flatMap((operation) => (operation.kind === 'purge' ? operation.names : [])),
      )
      const under = new Set(
        operations.flatMap((operation) =>
          operation.kind === 'set' && purged.has(operation.id) ? operation.overwrites : [],
        ),
      )
      const { heads } = stateOf(reordered)
      expect(heads.some(({ id }) => purged.has(id) || under.has(id))).toBe(false)
    }),
  )
})

test('of several heads at least one is always shown', () => {
  fc.assert(
    fc.property(histories({ registers }), (operations) => {
      const { heads } = stateOf(operations)
      expect(distinctHeads('message:m', heads).length > 0).toBe(heads.length > 0)
    }),
  )
})
