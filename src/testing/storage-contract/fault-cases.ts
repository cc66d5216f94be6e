import { errorToRecord } from '../../domain/errors.ts'
import { MIN_READER } from '../../ports/schema.ts'
import type { StorageFactory } from '../../ports/storage.ts'
import type { ContractCase, StorageSubject } from './contract.ts'
import { expectEqual, expectRefusal } from './expect.ts'
import { aMessage } from './samples.ts'
import { counterOf, increment } from './transaction-cases.ts'

/** What holds when the environment misbehaves. */
export const faultCases: readonly ContractCase[] = [
  {
    name: 'two tabs share the data and no update of either is lost',
    needs: 'otherTab',
    run: async ({ open, nameOf, faults }) => {
      const mine = await open()
      const theirs = await otherTab(faults).open(nameOf())
      for (let turn = 0; turn < 5; turn++) {
        await mine.write(['settings'], 'strict', increment)
        await Promise.all([
          theirs.write(['settings', 'messages'], 'strict', async (tx) => {
            await increment(tx)
            await tx.put('messages', aMessage('c', turn))
          }),
          mine.write(['settings'], 'relaxed', increment),
        ])
      }
      expectEqual([await counterOf(mine), await counterOf(theirs)], [15, 15], 'the counters')
      expectEqual(
        await mine.read(['messages'], (tx) => tx.count('messages')),
        5,
        'the messages of the other tab',
      )
      await theirs.close()
    },
  },
  {
    name: 'a tab that has the database open does not keep another from removing it',
    needs: 'otherTab',
    run: async ({ open, nameOf, factory, faults }) => {
      const theirs = await otherTab(faults).open(nameOf())
      await theirs.write(['settings'], 'strict', increment)
      await (await open()).close()
      await factory.remove(nameOf())
      await expectRefusal(
        theirs.write(['settings'], 'strict', increment),
        'storage/unavailable',
        'their write',
      )
      const again = await open()
      expectEqual((await counterOf(again)) === undefined, true, 'the new one is empty')
    },
  },
  {
    name: 'a connection that was lost is opened again, and the transaction runs on the new one',
    needs: 'loseConnections',
    run: async ({ open, nameOf, faults }) => {
      const storage = await open()
      for (let turn = 1; turn <= 3; turn++) {
        await storage.write(['settings'], 'strict', increment)
        await faults.loseConnections?.(nameOf())
        expectEqual(await counterOf(storage), turn, 'the counter')
      }
    },
  },
  {
    name: 'a connection that is lost during transactions: what resolved has its effect once, what was rejected at most once',
    needs: 'loseConnections',
    run: async ({ open, nameOf, faults }) => {
      const storage = await open()
      let isLost = false
      const losing = Promise.resolve(faults.loseConnections?.(nameOf())).then(() => {
        isLost = true
      })
      let [resolved, rejected] = [0, 0]
      const write = () =>
        storage.write(['settings'], 'strict', increment).then(
          () => resolved++,
          (error: unknown) => {
            rejected++
            expectEqual(errorToRecord(error).code, 'storage/connection-lost', 'the reason')
          },
        )
      while (!isLost) await Promise.all([write(), write()])
      await losing
      const counter = Number(await counterOf(storage))
      expectEqual(
        counter >= resolved && counter <= resolved + rejected,
        true,
        `${counter} of ${resolved} + ${rejected}`,
      )
      expectEqual(rejected <= 2, true, `${rejected} rejected`)
    },
  },
  {
    name: 'data of a newer build is written when its minReader allows it',
    needs: 'makeNewer',
    run: async (subject) => {
      await makeNewer(subject, MIN_READER)
      const storage = await subject.open()
      await storage.write(['settings'], 'strict', increment)
      expectEqual(await counterOf(storage), 2, 'the counter')
    },
  },
  {
    name: 'data of a newer build that does not allow it can be read, and every write is refused',
    needs: 'makeNewer',
    run: async (subject) => {
      await makeNewer(subject, 1_000)
      const storage = await subject.open()
      await expectRefusal(storage.write(['settings'], 'strict', increment), 'storage/read-only', 'a write')
      expectEqual(await counterOf(storage), 1, 'the counter')
    },
  },
  {
    name: 'when the disk is full the transaction is refused whole, what was there stays, and deleting helps',
    needs: 'quotaBytes',
    run: async ({ open, faults }) => {
      const storage = await open()
      await storage.write(['settings'], 'strict', increment)
      const text = 'x'.repeat(Math.ceil((faults.quotaBytes ?? 0) / 8))
      const fill = (from: number, count: number) =>
        storage.write(['settings', 'messages'], 'strict', async (tx) => {
          await increment(tx)
          for (let born = from; born < from + count; born++) {
            await tx.put('messages', aMessage('c', born, `m${born}`, unlike(text, born)))
          }
        })
      await fill(0, 3)
      await expectRefusal(fill(3, 16), 'storage/quota', 'too much at once')
      expectEqual(await counterOf(storage), 2, 'the counter')
      expectEqual(await storage.read(['messages'], (tx) => tx.count('messages')), 3, 'the messages')
      await storage.write(['messages'], 'strict', (tx) => tx.delete('messages', { range: {} }))
      await fill(0, 1)
      expectEqual(await counterOf(storage), 3, 'the counter after deleting')
    },
  },
]

function otherTab(faults: StorageSubject['faults']): StorageFactory {
  if (faults.otherTab === undefined) throw new Error('This case needs another tab.')
  return faults.otherTab()
}

async function makeNewer({ open, nameOf, faults }: StorageSubject, minReader: number): Promise<void> {
  const storage = await open()
  await storage.write(['settings'], 'strict', increment)
  await storage.close()
  await faults.makeNewer?.(nameOf(), minReader)
}

/** A text of the same length that does not compress to nothing. */
function unlike(text: string, seed: number): string {
  let state = seed + 1
  return Array.from({ length: Math.ceil(text.length / 6) }, () => {
    state = (state * 48_271) % 2_147_483_647
    return state.toString(36).padStart(6, '0')
  })
    .join('')
    .slice(0, text.length)
}
