import { RecordExists, type Storage, type WriteTransaction } from '../../ports/storage.ts'
import type { ContractCase } from './contract.ts'
import { expectEqual, expectRefusal } from './expect.ts'
import { aMessage, aRow } from './samples.ts'

/** What holds of a transaction as a whole. */
export const transactionCases: readonly ContractCase[] = [
  {
    name: 'a transaction answers what its work answers and sees its own writes',
    run: async ({ open }) => {
      const storage = await open()
      const answer = await storage.write(['messages'], 'strict', async (tx) => {
        await tx.put('messages', aMessage('c', 1))
        await tx.put('messages', aMessage('c', 2))
        await tx.delete('messages', ['c', 1, 'm1'])
        return (await tx.scan('messages')).map((message) => message.id)
      })
      expectEqual(answer, ['m2'], 'its own view')
      expectEqual(
        (await storage.read([], async () => 'nothing asked').catch(() => 'refused')) !== '',
        true,
        'no stores',
      )
    },
  },
  {
    name: 'when work throws, its very error comes through and nothing is written, numbers included',
    run: async ({ open }) => {
      const storage = await open()
      await storage.write(['messages'], 'strict', (tx) =>
        tx.put('messages', aMessage('c', 1, 'm1', 'before')),
      )
      const reason = new Error('changed my mind')
      const thrown = await storage
        .write(['messages', 'outbox'], 'strict', async (tx) => {
          await tx.put('messages', aMessage('c', 1, 'm1', 'after'))
          await tx.put('messages', aMessage('c', 2))
          await tx.put('outbox', aRow('c'))
          throw reason
        })
        .catch((error: unknown) => error)
      expectEqual(thrown === reason, true, 'the same error')
      await storage.write(['messages', 'outbox'], 'strict', async (tx) => {
        expectEqual(await tx.scan('messages'), [aMessage('c', 1, 'm1', 'before')], 'the messages')
        expectEqual(await tx.put('outbox', aRow('c')), 1, 'the next number')
      })
    },
  },
  {
    name: 'adding what is there fails the transaction, also when nobody waits for it',
    run: async ({ open }) => {
      const storage = await open()
      const first = await storage.write(['commits'], 'strict', (tx) => tx.put('commits', { by: 'me' }))
      const second = await storage.write(['commits'], 'strict', (tx) =>
        tx.add('commits', { number: Number(first) + 1, by: 'me' }),
      )
      expectEqual(second, Number(first) + 1, 'the key')
      const failure = await storage
        .write(['commits', 'messages'], 'strict', async (tx) => {
          tx.put('messages', aMessage('c', 1)).catch(() => {})
          tx.add('commits', { number: Number(second), by: 'me' }).catch(() => {})
          tx.put('messages', aMessage('c', 2)).catch(() => {})
        })
        .catch((error: unknown) => error)
      expectEqual(failure instanceof RecordExists, true, 'the failure')
      expectEqual(await messageCount(storage), 0, 'messages')
      const next = await storage.write(['commits'], 'strict', (tx) => tx.put('commits', { by: 'me' }))
      expectEqual(next, Number(second) + 1, 'the next number')
    },
  },
  {
    name: 'a request that failed aborts its transaction, even when work ignores the failure',
    run: async ({ open }) => {
      const storage = await open()
      const writing = storage.write(['messages', 'settings'], 'strict', async (tx) => {
        await tx.put('messages', aMessage('c', 1))
        await tx.put('settings', { name: 'bad', value: () => 1 }).catch(() => {})
        await tx.put('messages', aMessage('c', 2)).catch(() => {})
        return 'done'
      })
      await expectRefusal(writing, 'input/invalid', 'the write')
      expectEqual(await messageCount(storage), 0, 'messages')
    },
  },
  {
    name: 'requests that nobody awaits are written, and their failures abort without an unhandled rejection',
    run: async ({ open }) => {
      const storage = await open()
      await storage.write(['messages'], 'strict', async (tx) => {
        for (let born = 0; born < 40; born++) void tx.put('messages', aMessage('c', born))
      })
      expectEqual(await messageCount(storage), 40, 'messages')
      const writing = storage.write(['messages', 'settings'], 'strict', async (tx) => {
        void tx.put('messages', aMessage('c', 99))
        void tx.put('settings', { name: 'bad', value: () => 1 })
        void tx.put('settings', { name: 'worse', value: Symbol('no') })
      })
      await expectRefusal(writing, 'input/invalid', 'the write')
      expectEqual(await messageCount(storage), 40, 'messages afterwards')
    },
  },
  {
    name: 'reads issued together are answered in the order of issue and see the writes issued before them',
    run: async ({ open }) => {
      const storage = await open()
      const order: string[] = []
      await storage.write(['messages'], 'relaxed', async (tx) => {
        await Promise.all([
          tx.put('messages', aMessage('c', 1)),
          tx.get('messages', ['c', 1, 'm1']).then((message) => order.push(`get ${message?.id}`)),
          tx.scan('messages').then((messages) => order.push(`scan ${messages.length}`)),
          tx.delete('messages', ['c', 1, 'm1']),
          tx.count('messages').then((count) => order.push(`count ${count}`)),
        ])
      })
      expectEqual(order, ['get m1', 'scan 1', 'count 0'], 'the order')
    },
  },
  {
    name: 'writers that share a store run one after the other: no update is lost',
    run: async ({ open }) => {
      const storage = await open()
      await Promise.all(Array.from({ length: 25 }, () => storage.write(['settings'], 'relaxed', increment)))
      expectEqual(await counterOf(storage), 25, 'the counter')
    },
  },
  {
    name: 'a reader sees all of a transaction or nothing of it',
    run: async ({ open }) => {
      const storage = await open()
      const pairs = Array.from({ length: 10 }, (_, born) =>
        storage.write(['messages', 'settings'], 'relaxed', async (tx) => {
          await tx.put('messages', aMessage('c', born))
          await increment(tx)
        }),
      )
      const sights = Array.from({ length: 10 }, () =>
        storage.read(['messages', 'settings'], async (tx) => {
          const count = await tx.count('messages')
          const counter = ((await tx.get('settings', 'counter'))?.value ?? 0) as number
          expectEqual(count, counter, 'messages and counter')
        }),
      )
      await Promise.all([...pairs, ...sights])
    },
  },
  {
    name: 'a store that was not named cannot be used, and asking for it aborts',
    run: async ({ open }) => {
      const storage = await open()
      const writing = storage.write(['messages'], 'strict', async (tx) => {
        await tx.put('messages', aMessage('c', 1))
        await tx.put('outbox', aRow('c'))
      })
      await expectRefusal(writing, 'internal', 'the write')
      expectEqual(await messageCount(storage), 0, 'messages')
    },
  },
  {
    name: 'a request after the end of its transaction is refused',
    run: async ({ open }) => {
      const storage = await open()
      let kept: WriteTransaction | undefined
      await storage.write(['messages'], 'strict', async (tx) => {
        kept = tx
        await tx.put('messages', aMessage('c', 1))
      })
      const late = kept?.put('messages', aMessage('c', 2)) ?? Promise.resolve()
      await expectRefusal(late, 'internal', 'the late request')
      expectEqual(await messageCount(storage), 1, 'messages')
    },
  },
  {
    name: 'five thousand records in one transaction are all there, in order',
    run: async ({ open }) => {
      const storage = await open()
      await storage.write(['search'], 'relaxed', async (tx) => {
        for (let number = 0; number < 5_000; number++) {
          void tx.put('search', { key: String(number).padStart(5, '0'), value: number })
        }
      })
      const values = await storage.read(['search'], async (tx) =>
        (await tx.scan('search')).map((record) => record.value),
      )
      expectEqual(
        values,
        Array.from({ length: 5_000 }, (_, number) => number),
        'the values',
      )
    },
  },
]

/** Reads, adds one and writes back: loses updates wherever transactions are not serialised. */
export async function increment(tx: WriteTransaction): Promise<void> {
  const counter = await tx.get('settings', 'counter')
  await tx.put('settings', { name: 'counter', value: ((counter?.value ?? 0) as number) + 1 })
}

export async function counterOf(storage: Storage): Promise<unknown> {
  return (await storage.read(['settings'], (tx) => tx.get('settings', 'counter')))?.value
}

function messageCount(storage: Storage): Promise<number> {
  return storage.read(['messages'], (tx) => tx.count('messages'))
}
