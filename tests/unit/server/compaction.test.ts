import { expect, test, vi } from 'vitest'
import { startCompaction, VERSIONS_KEPT_MS } from '../../../server/compaction.ts'
import { openStorage } from '../../../server/storage/open-storage.ts'
import type { OperationId } from '../../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../../src/domain/wire.ts'
import { aSet } from './builders.ts'

const project = { account: 'anna', projectId: 'p' }
const DAY_MS = 24 * 60 * 60 * 1000

async function aServer() {
  const storage = await openStorage('sqlite::memory:')
  const time = { now: 0 }
  const compaction = startCompaction({ storage, now: () => time.now, setTimer: () => () => {} })
  const write = async (title: string, overwrites: OperationId[] = []) => {
    const operation = aSet('c', 'title', title, { overwrites })
    await storage.append({ ...project, cursor: CURSOR_ZERO, operations: [operation], now: time.now })
    return operation.id
  }
  const bodies = async () => {
    const page = await storage.readDelta({ ...project, cursor: CURSOR_ZERO, limit: 2_000, maxBytes: 1e9 })
    return page.operations.flatMap((row) => row.body ?? [])
  }
  return { storage, time, compaction, write, bodies }
}

test('a version is kept for 30 days after it was overwritten, however old it is itself', async () => {
  const { storage, time, compaction, write, bodies } = await aServer()
  const first = await write('first')
  time.now = 400 * DAY_MS
  const second = await write('second', [first])
  await compaction.run()
  expect(await bodies()).toEqual(['"first"', '"second"'])
  time.now += VERSIONS_KEPT_MS - 1
  await write('third', [second])
  await compaction.run()
  expect(await bodies()).toHaveLength(3)
  time.now += 1
  await compaction.run()
  expect(await bodies()).toEqual(['"second"', '"third"'])
  time.now += VERSIONS_KEPT_MS
  await compaction.run()
  expect(await bodies()).toEqual(['"third"'])
  await storage.close()
})

test('a value that arrives after what overwrote it is dropped in its time', async () => {
  const { storage, time, compaction, write, bodies } = await aServer()
  const late = aSet('c', 'title', 'late', {})
  await write('newer', [late.id])
  await storage.append({ ...project, cursor: CURSOR_ZERO, operations: [late], now: 0 })
  time.now = VERSIONS_KEPT_MS
  await compaction.run()
  expect(await bodies()).toEqual(['"newer"'])
  await storage.close()
})

test('thousands of rows are gone through in parts, once', async () => {
  const { storage, time, compaction, bodies } = await aServer()
  let last: OperationId[] = []
  const operations = Array.from({ length: 1_700 }, (_, index) => {
    const operation = aSet('c', 'title', `title ${index}`, { overwrites: last })
    last = [operation.id]
    return operation
  })
  await storage.append({ ...project, cursor: CURSOR_ZERO, operations, now: 0 })
  time.now = VERSIONS_KEPT_MS
  await compaction.run()
  expect(await bodies()).toEqual(['"title 1699"'])
  await storage.close()
})

test('a round that fails is told of, and the next one goes on', async () => {
  const compact = vi.fn(async () => 0)
  compact.mockRejectedValueOnce(new Error('disk'))
  const errors: unknown[] = []
  let tick = () => {}
  const compaction = startCompaction({
    storage: { compact },
    onError: (error) => errors.push(error),
    setTimer: (callback) => {
      tick = callback
      return () => {}
    },
  })
  await compaction.run()
  expect(errors).toHaveLength(1)
  tick()
  await compaction.run()
  expect(compact).toHaveBeenCalledTimes(2)
  compaction.stop()
})
