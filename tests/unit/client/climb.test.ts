import { expect, test } from 'vitest'
import { climbWhenBack } from '../../../src/client/climb.ts'
import type { PageEvent } from '../../../src/client/page-events.ts'
import { aClock } from '../../builders/engine.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

function aClimber({ rung = 'memory', failures = 0 }: { rung?: string; failures?: number } = {}) {
  const clock = aClock()
  const started = clock.now()
  const triedAt: number[] = []
  const listeners = new Set<(event: PageEvent) => void>()
  const state = { rung }
  const climber = climbWhenBack({
    clock,
    pageEvents: {
      listen(listener: (event: PageEvent) => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    } as never,
    canClimb: () => state.rung !== 'worker',
    isInMemory: () => state.rung === 'memory',
    async climb() {
      triedAt.push((clock.now() - started) / 1_000)
      if (triedAt.length <= failures) throw new Error('not yet')
      state.rung = 'worker'
    },
  })
  return {
    climber,
    state,
    triedAt,
    tell(event: PageEvent) {
      for (const listener of listeners) listener(event)
    },
    async pass(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1_000)
        await turn()
      }
    },
  }
}

test('a page in memory that stays visible tries better rungs by itself, soon and again and again', async () => {
  const { pass, triedAt, state } = aClimber({ failures: 6 })
  await pass(150)
  expect(triedAt).toEqual([2, 6, 14, 30, 60, 90, 120])
  expect(state.rung).toBe('worker')
})

test('a page on a lesser rung that keeps what is saved takes its time', async () => {
  const { pass, triedAt } = aClimber({ rung: 'page', failures: 100 })
  await pass(1_900)
  expect(triedAt).toEqual([30, 90, 210, 450, 930, 1530])
})

test('coming back into view makes a try that is due, and none that is not', async () => {
  const { pass, tell, triedAt } = aClimber({ rung: 'page', failures: 100 })
  await pass(10)
  tell('visible')
  await turn()
  expect(triedAt).toEqual([])
  await pass(21)
  expect(triedAt).toEqual([30])
})

test('a client that falls later begins to try then, and one that is closed does not', async () => {
  const fallen = aClimber({ rung: 'worker' })
  await fallen.pass(100)
  expect(fallen.triedAt).toEqual([])
  fallen.state.rung = 'memory'
  fallen.climber.moved()
  await fallen.pass(5)
  expect(fallen.triedAt).toEqual([102])
  const closed = aClimber()
  closed.climber.stop()
  await closed.pass(100)
  closed.tell('online')
  await turn()
  expect(closed.triedAt).toEqual([])
})
