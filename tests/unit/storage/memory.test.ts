import { expect, test } from 'vitest'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { aMessage } from '../../../src/testing/storage-contract/samples.ts'

const tick = () => new Promise((resolve) => setTimeout(resolve, 0))

test('a fault at the n-th request aborts the transaction with that fault, whichever n', async () => {
  for (let failing = 0; failing < 3; failing++) {
    let requests = 0
    const fault = new Error('disk error')
    const factory = createMemoryStorage({
      onRequest: ({ kind }) => {
        if (kind === 'put' && requests++ === failing) throw fault
      },
    })
    const storage = await factory.open('db')
    const writing = storage.write(['messages'], 'strict', async (tx) => {
      for (let born = 0; born < 3; born++) await tx.put('messages', aMessage('c', born))
    })
    await expect(writing).rejects.toBe(fault)
    expect(await storage.read(['messages'], (tx) => tx.count('messages'))).toBe(0)
  }
})

test('a fault at the commit takes everything back, one after the commit only hides it', async () => {
  const faults = { before: true, after: false }
  const factory = createMemoryStorage({
    onCommit: () => {
      if (faults.before) throw new Error('before')
    },
    onCommitted: () => {
      if (faults.after) throw new Error('after')
    },
  })
  const storage = await factory.open('db')
  const put = (born: number) =>
    storage.write(['messages'], 'strict', (tx) => tx.put('messages', aMessage('c', born)))
  await expect(put(1)).rejects.toThrow('before')
  faults.before = false
  faults.after = true
  await expect(put(2)).rejects.toThrow('after')
  const left = await storage.read(['messages'], (tx) => tx.scan('messages'))
  expect(left.map((message) => message.id)).toEqual(['m2'])
})

test('a crash in mid transaction undoes it, answers nothing to the dead and lets the next process work', async () => {
  const factory = createMemoryStorage()
  const storage = await factory.open('db')
  await storage.write(['messages'], 'strict', (tx) => tx.put('messages', aMessage('c', 1)))
  const settled: string[] = []
  const note = (name: string) => () => settled.push(name)
  void storage
    .write(['messages'], 'strict', async (tx) => {
      await tx.put('messages', aMessage('c', 2))
      factory.crash()
      await tx.put('messages', aMessage('c', 3)).finally(note('request'))
    })
    .finally(note('transaction'))
  await tick()
  void storage.read(['messages'], async () => {}).finally(note('later'))
  const next = await factory.open('db')
  await next.write(['messages'], 'strict', (tx) => tx.put('messages', aMessage('c', 4)))
  const left = await next.read(['messages'], (tx) => tx.scan('messages'))
  expect(left.map((message) => message.id)).toEqual(['m1', 'm4'])
  await tick()
  expect(settled).toEqual([])
})
