import { expect, test } from 'vitest'
import { createStatusReader } from '../../../src/client/status-reader.ts'
import { createFakeClock, settled } from '../rpc/fake-clock.ts'

function aReader() {
  const clock = createFakeClock()
  const reads: number[] = []
  const reader = createStatusReader({
    clock,
    async readOnce() {
      reads.push(clock.now())
    },
  })
  return { clock, reads, reader }
}

test('what the engine announces is read at once, and a series of it once more after a pause', async () => {
  const { clock, reads, reader } = aReader()
  const start = clock.now()
  reader.follow()
  await settled()
  for (let announced = 0; announced < 20; announced++) {
    reader.follow()
    await clock.advance(4)
  }
  expect(reads).toEqual([start])
  await clock.advance(100)
  expect(reads).toEqual([start, start + 100])
})

test('who asks for the status waits for no pause', async () => {
  const { clock, reads, reader } = aReader()
  reader.follow()
  await settled()
  reader.follow()
  await reader.read()
  expect(reads).toEqual([clock.now(), clock.now()])
})

test('a reader that was closed reads no more', async () => {
  const { clock, reads, reader } = aReader()
  reader.follow()
  await settled()
  reader.follow()
  reader.close()
  await clock.advance(1_000)
  expect(reads).toHaveLength(1)
})
