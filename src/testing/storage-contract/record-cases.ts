import type { OutboxRecord } from '../../ports/records/outbox.ts'
import type { SettingRecord } from '../../ports/records.ts'
import type { Storage } from '../../ports/storage.ts'
import type { ContractCase } from './contract.ts'
import { expectEqual, expectRefusal } from './expect.ts'
import { aMessage, aRow } from './samples.ts'

/** What a store does with single records. */
export const recordCases: readonly ContractCase[] = [
  {
    name: 'a record is read back under its compound key, and what is not there is undefined',
    run: async ({ open }) => {
      const storage = await open()
      const message = aMessage('c', 5, 'five')
      const key = await storage.write(['messages'], 'strict', (tx) => tx.put('messages', message))
      expectEqual(key, ['c', 5, 'five'], 'the key that put answers')
      await storage.read(['messages'], async (tx) => {
        expectEqual(await tx.get('messages', ['c', 5, 'five']), message, 'the record')
        expectEqual((await tx.get('messages', ['c', 5, 'six'])) === undefined, true, 'a missing record')
      })
    },
  },
  {
    name: 'putting a record under a key that is taken replaces it',
    run: async ({ open }) => {
      const storage = await open()
      await storage.write(['messages'], 'relaxed', (tx) => tx.put('messages', aMessage('c', 1, 'm', 'old')))
      await storage.write(['messages'], 'relaxed', (tx) => tx.put('messages', aMessage('c', 1, 'm', 'new')))
      const records = await storage.read(['messages'], (tx) => tx.scan('messages'))
      expectEqual(records, [aMessage('c', 1, 'm', 'new')], 'the records')
    },
  },
  {
    name: 'records are copies: changing one after put, get or scan changes nothing stored',
    run: async ({ open }) => {
      const storage = await open()
      const given = { name: 'copied', value: { list: [1, 2] } }
      await storage.write(['settings'], 'strict', async (tx) => {
        const putting = tx.put('settings', given)
        given.value.list.push(3)
        await putting
        const read = (await tx.get('settings', 'copied')) as unknown as typeof given
        read.value.list.push(4)
        const [scanned] = (await tx.scan('settings', { range: { lower: 'copied', upper: 'copied' } })) as [
          typeof given,
        ]
        scanned.value.list.push(5)
      })
      expectEqual(await settingNamed(storage, 'copied'), { list: [1, 2] }, 'the stored value')
    },
  },
  {
    name: 'nested values, long and foreign texts come back as they were',
    run: async ({ open }) => {
      const storage = await open()
      const value = {
        deep: [[[{ a: [{ b: null }] }]]],
        numbers: [0, -1, 1.5, 2 ** 52, 1e-300],
        texts: ['', '\u0000', 'line\u2028end', '汉字 – عربي – 👩‍👩‍👧‍👦', '"quoted" \\ back', '</script>'],
        lone: '\ud83d',
        long: 'ä€'.repeat(100_000),
        '': { constructor: 'a text', '0': true },
      }
      await storage.write(['settings'], 'strict', (tx) => tx.put('settings', { name: 'value', value }))
      expectEqual(await settingNamed(storage, 'value'), value, 'the value')
    },
  },
  {
    name: 'one record that cannot be cloned among 31 that can: nothing of the transaction is written',
    run: async ({ open }) => {
      const storage = await open()
      const bad: SettingRecord = { name: 'bad', value: { callback: () => 1 } }
      const writing = storage.write(['settings', 'messages'], 'strict', async (tx) => {
        const puts: Promise<unknown>[] = []
        for (let born = 0; born < 31; born++) puts.push(tx.put('messages', aMessage('c', born)))
        puts.push(tx.put('settings', bad))
        await Promise.all(puts)
      })
      await expectRefusal(writing, 'input/invalid', 'the write')
      expectEqual(await storage.read(['messages'], (tx) => tx.count('messages')), 0, 'records written')
    },
  },
  {
    name: 'a record without a valid key is refused',
    run: async ({ open }) => {
      const storage = await open()
      for (const id of [undefined, null, Number.NaN, { a: 1 }, [true]]) {
        const record = { ...aMessage('c', 1), id } as unknown as ReturnType<typeof aMessage>
        const writing = storage.write(['messages'], 'strict', (tx) => tx.put('messages', record))
        await expectRefusal(writing, 'input/invalid', `the id ${String(id)}`)
      }
    },
  },
  {
    name: 'the store numbers outbox rows, and never a number twice after rows were deleted or it was opened again',
    run: async ({ open }) => {
      let storage = await open()
      const append = (conversationId: string) =>
        storage.write(['outbox'], 'strict', (tx) => tx.put('outbox', aRow(conversationId)))
      expectEqual([await append('a'), await append('b')], [1, 2], 'the first numbers')
      await storage.write(['outbox'], 'strict', (tx) => tx.delete('outbox', 2))
      expectEqual(await append('c'), 3, 'after deleting the last')
      await storage.write(['outbox'], 'strict', (tx) => tx.delete('outbox', { range: {} }))
      await storage.close()
      storage = await open()
      expectEqual(await append('d'), 4, 'after deleting all and opening again')
      const rows = await storage.read(['outbox'], (tx) => tx.scan('outbox'))
      expectEqual(rows, [{ ...aRow('d'), sequence: 4 }], 'the record holds its number')
    },
  },
  {
    name: 'an outbox row keeps the number it has, and numbering goes on above it',
    run: async ({ open }) => {
      const storage = await open()
      const row: OutboxRecord = { ...aRow('a'), sequence: 10 }
      await storage.write(['outbox'], 'strict', async (tx) => {
        expectEqual(await tx.put('outbox', row), 10, 'its own number')
        expectEqual(await tx.put('outbox', { ...row, state: 'sent' }), 10, 'put again')
        expectEqual(await tx.put('outbox', aRow('b')), 11, 'the next number')
      })
      expectEqual(await storage.read(['outbox'], (tx) => tx.count('outbox')), 2, 'rows')
    },
  },
  {
    name: 'records are deleted by key, by range or all at once; deleting what is not there is no error',
    run: async ({ open }) => {
      const storage = await open()
      const left = () =>
        storage.read(['messages'], async (tx) => (await tx.scan('messages')).map((message) => message.id))
      await storage.write(['messages'], 'strict', async (tx) => {
        for (let born = 1; born <= 6; born++) await tx.put('messages', aMessage('c', born))
        await tx.put('messages', aMessage('d', 1, 'other'))
      })
      await storage.write(['messages'], 'strict', async (tx) => {
        await tx.delete('messages', ['c', 2, 'm2'])
        await tx.delete('messages', ['c', 2, 'never'])
        await tx.delete('messages', { range: { lower: ['c', 4], upper: ['c', 6], upperOpen: true } })
        await tx.delete('messages', { range: { lower: ['z'], upper: ['c'] } })
      })
      expectEqual(await left(), ['m1', 'm3', 'm6', 'other'], 'after key and range')
      await storage.write(['messages'], 'strict', (tx) => tx.delete('messages', { range: {} }))
      expectEqual(await left(), [], 'after everything')
    },
  },
]

async function settingNamed(storage: Storage, name: string): Promise<unknown> {
  const setting = await storage.read(['settings'], (tx) => tx.get('settings', name))
  return setting?.value
}
