import { type Dice, diceOf } from './dice.ts'
import type { FaultName } from './faults.ts'

/** An invariant that did not hold. The history ends there. */
export class Violation extends Error {
  override readonly name = 'Violation'
  readonly invariant: string
  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`)
    this.invariant = invariant
  }
}

/** Time, chance and the record of one history. Nothing in it happens by itself: `runUntil` goes from event to event. */
export type World = {
  readonly seed: number
  /** Milliseconds since 1970 by the true clock; devices' clocks are off by an amount of their own. */
  now(): number
  /** Calls back later; what is cancelled never happens. Answers the cancellation. */
  after(delayMs: number, act: () => void): () => void
  /** Goes on until a time, one event after the other; promises settle between two events. */
  runUntil(time: number): Promise<void>
  /** Lets everything settle that needs no time. */
  settle(): Promise<void>
  dice(name: string): Dice
  /** A number that is given once, for names. */
  next(): number
  /** A line of the trace, made only when it is wanted. */
  note(line: () => string): void
  readonly lines: readonly string[]
  /** Counts a fault that fired. */
  fired(fault: FaultName, detail?: string): void
  readonly faults: ReadonlyMap<FaultName, number>
  /** The first invariant that broke; set once. */
  broken: Violation | undefined
  fail(invariant: string, detail: string): void
  /** False once the history is over and only healing is left. */
  hasFaults: boolean
}

type Event = { readonly time: number; readonly order: number; readonly act: () => void; isCancelled: boolean }

const START_MS = Date.UTC(2026, 0, 1)

export function createWorld(seed: number, isTraced: boolean): World {
  const queue: Event[] = []
  const lines: string[] = []
  const faults = new Map<FaultName, number>()
  let now = START_MS
  let order = 0
  let given = 0

  const isBefore = (a: Event, b: Event) => a.time < b.time || (a.time === b.time && a.order < b.order)

  function push(event: Event): void {
    let index = queue.push(event) - 1
    while (index > 0) {
      const above = (index - 1) >> 1
      if (!isBefore(event, queue[above] as Event)) break
      queue[index] = queue[above] as Event
      index = above
    }
    queue[index] = event
  }

  function pop(): Event | undefined {
    const first = queue[0]
    const last = queue.pop()
    if (first === undefined || last === undefined || queue.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= queue.length) break
      if (child + 1 < queue.length && isBefore(queue[child + 1] as Event, queue[child] as Event)) child += 1
      if (!isBefore(queue[child] as Event, last)) break
      queue[index] = queue[child] as Event
      index = child
    }
    queue[index] = last
    return first
  }

  const world: World = {
    seed,
    lines,
    faults,
    broken: undefined,
    hasFaults: true,
    now: () => now,
    after(delayMs, act) {
      const event: Event = {
        time: now + Math.max(0, Math.ceil(delayMs)),
        order: order++,
        act,
        isCancelled: false,
      }
      push(event)
      return () => {
        event.isCancelled = true
      }
    },
    async runUntil(time) {
      for (;;) {
        const next = queue[0]
        if (world.broken !== undefined) throw world.broken
        if (next === undefined || next.time > time) break
        pop()
        if (next.isCancelled) continue
        now = next.time
        next.act()
        await world.settle()
      }
      now = Math.max(now, time)
    },
    settle: () => new Promise((resolve) => setImmediate(resolve)),
    dice: (name) => diceOf(seed, name),
    next: () => ++given,
    note(line) {
      if (isTraced) lines.push(`${((now - START_MS) / 1_000).toFixed(3)} ${line()}`)
    },
    fired(fault, detail = '') {
      faults.set(fault, (faults.get(fault) ?? 0) + 1)
      world.note(() => `fault ${fault} ${detail}`)
    },
    fail(invariant, detail) {
      if (world.broken !== undefined) return
      world.broken = new Violation(invariant, detail)
      world.note(() => `BROKEN ${invariant}: ${detail}`)
    },
  }
  return world
}
