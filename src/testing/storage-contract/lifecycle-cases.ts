import { MIN_READER, SCHEMA_VERSION } from '../../ports/schema.ts'
import type { ContractCase } from './contract.ts'
import { expectEqual, expectRefusal } from './expect.ts'
import { aMessage, aRow } from './samples.ts'
import { counterOf, increment } from './transaction-cases.ts'

/** How databases come, go and are shared. */
export const lifecycleCases: readonly ContractCase[] = [
  {
    name: 'opening with create: false makes no database',
    run: async ({ factory, nameOf, open }) => {
      await expectRefusal(factory.open(nameOf(), { create: false }), 'input/not-found', 'opening')
      await expectRefusal(factory.open(nameOf(), { create: false }), 'input/not-found', 'opening again')
      expectEqual((await factory.list()).includes(nameOf()), false, 'listed')
      const storage = await open()
      expectEqual(await storage.read(['outbox'], (tx) => tx.count('outbox')), 0, 'a new one is empty')
      await storage.close()
      await (await factory.open(nameOf(), { create: false })).close()
    },
  },
  {
    name: 'a new database says which schema it has and who may write it',
    run: async ({ open }) => {
      const storage = await open()
      const setting = await storage.read(['settings'], (tx) => tx.get('settings', 'schema'))
      const value = { version: SCHEMA_VERSION, minReader: MIN_READER }
      expectEqual(setting, { name: 'schema', value }, 'the schema')
    },
  },
  {
    name: 'what was written is there after closing and opening again',
    run: async ({ open }) => {
      const storage = await open()
      await storage.write(['messages'], 'strict', (tx) => tx.put('messages', aMessage('c', 1)))
      await storage.close()
      const again = await open()
      expectEqual(
        await again.read(['messages'], (tx) => tx.scan('messages')),
        [aMessage('c', 1)],
        'the messages',
      )
    },
  },
  {
    name: 'closing lets running transactions finish and refuses later ones',
    run: async ({ open }) => {
      const storage = await open()
      const writing = storage.write(['settings'], 'strict', increment)
      const closing = storage.close()
      const late = storage.write(['settings'], 'strict', increment)
      await expectRefusal(late, 'storage/unavailable', 'a write after closing')
      await writing.catch(() => {})
      await closing
      await expectRefusal(
        storage.read(['settings'], increment as never),
        'storage/unavailable',
        'a read after closing',
      )
      await storage.close()
    },
  },
  {
    name: 'removing deletes a database and its numbering; one that does not exist is no error',
    run: async ({ factory, nameOf, open }) => {
      await factory.remove(nameOf())
      const storage = await open()
      await storage.write(['outbox'], 'strict', (tx) => tx.put('outbox', aRow('c')))
      await storage.close()
      expectEqual((await factory.list()).includes(nameOf()), true, 'listed before')
      await factory.remove(nameOf())
      expectEqual((await factory.list()).includes(nameOf()), false, 'listed after')
      const again = await open()
      expectEqual(
        await again.write(['outbox'], 'strict', (tx) => tx.put('outbox', aRow('c'))),
        1,
        'the number',
      )
    },
  },
  {
    name: 'a database that is removed while it is open is not made again by its old connection',
    run: async ({ factory, nameOf, open }) => {
      const storage = await open()
      await factory.remove(nameOf())
      await expectRefusal(storage.write(['settings'], 'strict', increment), 'storage/unavailable', 'a write')
      await expectRefusal(
        storage.read(['settings'], async () => {}),
        'storage/unavailable',
        'a read',
      )
      expectEqual((await factory.list()).includes(nameOf()), false, 'listed')
    },
  },
  {
    name: 'databases do not mix, whatever their names',
    run: async ({ open, nameOf, factory }) => {
      const suffixes = ['', ':account', '/', '/settings/', '%2F', ' ü"\\', ':accoun']
      for (const [position, suffix] of suffixes.entries()) {
        const storage = await open(suffix)
        await storage.write(['settings'], 'strict', (tx) =>
          tx.put('settings', { name: 'counter', value: position }),
        )
      }
      const names = await factory.list()
      for (const [position, suffix] of suffixes.entries()) {
        expectEqual(names.includes(nameOf(suffix)), true, `${suffix} listed`)
        const storage = await open(suffix)
        expectEqual(await counterOf(storage), position, `the value of ${suffix}`)
        await storage.close()
      }
    },
  },
  {
    name: 'two connections of one factory share the data and take turns',
    run: async ({ open }) => {
      const [first, second] = [await open(), await open()]
      const writes = [first, second, first, second].map((storage) =>
        storage.write(['settings'], 'relaxed', increment),
      )
      await Promise.all(writes)
      expectEqual([await counterOf(first), await counterOf(second)], [4, 4], 'the counters')
      await first.close()
      await second.write(['settings'], 'relaxed', increment)
      expectEqual(await counterOf(second), 5, 'after the other was closed')
    },
  },
]
