import type { OperationId } from './ids.ts'
import { jsonEquals } from './json.ts'
import { isUnfinishedPrefix, type MessageValue, messageValuesEqual } from './message.ts'
import type { Operation } from './operation.ts'
import { isSpoken } from './register.ts'
import { titleText } from './title.ts'

/** An operation whose value is at hand, as the read model keeps it. */
export type Head<Value = unknown> = {
  readonly id: OperationId
  readonly stamp: number
  readonly overwrites: readonly OperationId[]
  readonly value: Value
}

/** What is known of one register: the operations with values that nothing hides, and the graph of all the others. */
export type RegisterState<Value = unknown> = {
  /** The winner first, then the others by falling (stamp, id). */
  readonly heads: readonly Head<Value>[]
  /** Overwritten, purged or lost operations: what each of them overwrites. */
  readonly stubs: ReadonlyMap<OperationId, readonly OperationId[]>
  /** Operations that nothing hides and whose value can be fetched: they hide what they overwrite like heads. Absent: none. */
  readonly absent?: ReadonlyMap<OperationId, readonly OperationId[]>
}

export const EMPTY_REGISTER: RegisterState<never> = { heads: [], stubs: new Map() }

/**
 * The one merge rule. Heads of a register are the operations with a value (here or fetchable) that nothing with a value and nothing purged
 * overwrites, directly or through stubs. Applying is commutative, associative and idempotent; the same object comes back
 * when nothing changed.
 */
export function applyToRegister<Value>(
  state: RegisterState<Value>,
  operation: Exclude<Operation, { kind: 'purge' }>,
  isPurged: (id: OperationId) => boolean,
): RegisterState<Value> {
  const known = state.heads.find((head) => head.id === operation.id)
  if (known !== undefined) return state
  const stub = state.stubs.get(operation.id)
  const hasValue = operation.kind === 'set' && !isPurged(operation.id)
  if (stub !== undefined && !hasValue && operation.overwrites.every((id) => stub.includes(id))) return state
  const isAbsent = state.absent?.has(operation.id) === true
  if (isAbsent && !hasValue) return state
  const candidates: Head<Value>[] = [...state.heads]
  const stubs = new Map(state.stubs)
  const absent = new Map(state.absent)
  absent.delete(operation.id)
  if (hasValue) {
    const { id, stamp, overwrites } = operation
    candidates.push({ id, stamp, overwrites, value: operation.value as Value })
    stubs.delete(id)
  } else {
    stubs.set(
      operation.id,
      stub === undefined ? operation.overwrites : [...new Set([...stub, ...operation.overwrites])],
    )
  }
  const next = settle(candidates, stubs, absent, isPurged)
  if (
    stub !== undefined &&
    next.heads.length === state.heads.length &&
    next.stubs.size === state.stubs.size &&
    next.absent?.size === state.absent?.size
  ) {
    return next.heads.every((head, index) => head === state.heads[index]) &&
      !changedStub(state, next, operation.id)
      ? state
      : next
  }
  return next
}

function changedStub<Value>(
  before: RegisterState<Value>,
  after: RegisterState<Value>,
  id: OperationId,
): boolean {
  return before.stubs.get(id)?.length !== after.stubs.get(id)?.length
}

/** The same register after a purge was learnt: named operations lose their values and keep hiding what they overwrite. */
export function applyPurge<Value>(
  state: RegisterState<Value>,
  isPurged: (id: OperationId) => boolean,
): RegisterState<Value> {
  return settle([...state.heads], new Map(state.stubs), new Map(state.absent), isPurged)
}

/** The same register without the values of its heads, which can be fetched again. What is shown elsewhere does not change. */
export function freeHeads<Value>(state: RegisterState<Value>): RegisterState<Value> {
  const absent = new Map(state.absent)
  for (const { id, overwrites } of state.heads) absent.set(id, overwrites)
  return { heads: [], stubs: state.stubs, absent }
}

/** The same register after values turned out to be nowhere: their operations are stubs, and what they overwrote counts again. */
export function dropAbsent<Value>(
  state: RegisterState<Value>,
  isLost: (id: OperationId) => boolean,
  isPurged: (id: OperationId) => boolean,
): RegisterState<Value> {
  const stubs = new Map(state.stubs)
  const absent = new Map<OperationId, readonly OperationId[]>()
  for (const [id, overwrites] of state.absent ?? []) (isLost(id) ? stubs : absent).set(id, overwrites)
  return settle([...state.heads], stubs, absent, isPurged)
}

function settle<Value>(
  candidates: readonly Head<Value>[],
  stubs: Map<OperationId, readonly OperationId[]>,
  absent: Map<OperationId, readonly OperationId[]>,
  isPurged: (id: OperationId) => boolean,
): RegisterState<Value> {
  const overwritesById = new Map<OperationId, readonly OperationId[]>([...stubs, ...absent])
  for (const head of candidates) overwritesById.set(head.id, head.overwrites)
  const hidden = new Set<OperationId>()
  const todo: OperationId[] = []
  for (const head of candidates) todo.push(...head.overwrites)
  for (const overwrites of absent.values()) todo.push(...overwrites)
  for (const [id, overwrites] of stubs) if (isPurged(id)) todo.push(...overwrites)
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (hidden.has(id)) continue
    hidden.add(id)
    todo.push(...(overwritesById.get(id) ?? []))
  }
  const heads: Head<Value>[] = []
  for (const head of candidates) {
    if (hidden.has(head.id) || isPurged(head.id)) stubs.set(head.id, head.overwrites)
    else heads.push(head)
  }
  for (const [id, overwrites] of absent) {
    if (!hidden.has(id) && !isPurged(id)) continue
    absent.delete(id)
    stubs.set(id, overwrites)
  }
  return { heads: heads.sort(compareHeads), stubs, ...(absent.size === 0 ? {} : { absent }) }
}

/** Falling (stamp, id): the winner first. */
export function compareHeads(a: Head, b: Head): number {
  if (a.stamp !== b.stamp) return b.stamp - a.stamp
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0
}

/**
 * The heads that differ for a reader, the winner first: equal values count as one, and an unfinished answer that another
 * head continues counts as overwritten. More than one left on a spoken register is a conflict.
 */
export function distinctHeads<Value>(
  register: string,
  heads: readonly Head<Value>[],
): readonly Head<Value>[] {
  if (heads.length < 2) return heads
  const ofMessage = register.startsWith('message:')
  const comparable = (value: unknown) => (register === 'title' ? (titleText(value) ?? value) : value)
  const equal = (a: Head<Value>, b: Head<Value>) =>
    ofMessage
      ? messageValuesEqual(a.value as MessageValue, b.value as MessageValue)
      : jsonEquals(comparable(a.value), comparable(b.value))
  const continued = (head: Head<Value>) =>
    ofMessage &&
    heads.some(
      (other) =>
        other !== head && isUnfinishedPrefix(head.value as MessageValue, other.value as MessageValue),
    )
  const whole = heads.filter((head) => !continued(head))
  return whole.filter((head, index) => !whole.slice(0, index).some((earlier) => equal(earlier, head)))
}

/** Whether a person has to be told: several different values on a register that is spoken about. */
export function isConflict(register: string, heads: readonly Head[]): boolean {
  return isSpoken(register) && distinctHeads(register, heads).length > 1
}

/** What a message shows: the first of its distinct heads. */
export function shownValue(heads: readonly Head<MessageValue>[]): MessageValue | undefined {
  return (heads.length < 2 ? heads[0] : distinctHeads('message:', heads)[0])?.value
}
