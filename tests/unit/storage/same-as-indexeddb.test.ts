import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OutboxRecord } from '../../../src/ports/records/outbox.ts'
import type { Key, Range, ScanOptions, Storage, WriteTransaction } from '../../../src/ports/storage.ts'
import { createIndexedDbStorage } from '../../../src/storage/indexeddb/indexeddb-storage.ts'
import { createLocalStorageStorage } from '../../../src/storage/local-storage.ts'
import { createMemoryStorage } from '../../../src/storage/memory.ts'
import { setTimer } from '../../contract/storage/set-timer.ts'
import { createTextStorage } from '../../contract/storage/text-storage.ts'

type Step =
  | { readonly do: 'put'; readonly conversation: string; readonly sequence: number | undefined }
  | { readonly do: 'delete'; readonly range: Range }
  | { readonly do: 'scan'; readonly options: ScanOptions }
  | { readonly do: 'count'; readonly range: Range }
  | { readonly do: 'get'; readonly sequence: number }

const conversation = fc.constantFrom('a', 'b', 'c')
const sequence = fc.integer({ min: 0, max: 12 })
const rangeOf = (bound: fc.Arbitrary<Key>) =>
  fc.record(
    { lower: bound, upper: bound, lowerOpen: fc.boolean(), upperOpen: fc.boolean() },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Range>
const primary = rangeOf(sequence)
const indexed = rangeOf(
  fc.oneof(fc.tuple(conversation), fc.tuple(conversation, sequence)) as fc.Arbitrary<Key>,
)
const shape = {
  limit: fc.nat({ max: 4 }),
  direction: fc.constantFrom('forward' as const, 'backward' as const),
}
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('put' as const),
    conversation,
    sequence: fc.option(sequence, { nil: undefined }),
  }),
  fc.record({ do: fc.constant('delete' as const), range: primary }),
  fc.record({ do: fc.constant('count' as const), range: primary }),
  fc.record({ do: fc.constant('get' as const), sequence }),
  fc.record({
    do: fc.constant('scan' as const),
    options: fc.oneof(
      fc.record({ range: primary, ...shape }, { requiredKeys: [] }),
      fc.record(
        { index: fc.constant('byConversation'), range: indexed, ...shape },
        { requiredKeys: ['index'] },
      ),
    ) as fc.Arbitrary<ScanOptions>,
  }),
)
// fake-indexeddb does not take back numbering by explicit keys when a transaction aborts, as browsers do.
const isNumbered = (each: Step) => each.do === 'put' && each.sequence !== undefined
const transaction = fc
  .record({ steps: fc.array(step, { maxLength: 12 }), throws: fc.boolean() })
  .map(({ steps, throws }) => ({ steps, throws: throws && !steps.some(isNumbered) }))

function take(tx: WriteTransaction, each: Step): Promise<unknown> {
  switch (each.do) {
    case 'put': {
      const { conversation: conversationId, sequence: number } = each
      const row = { conversationId, ...(number !== undefined && { sequence: number }) } as OutboxRecord
      return tx.put('outbox', row)
    }
    case 'delete':
      return tx.delete('outbox', { range: each.range })
    case 'scan':
      return tx.scan('outbox', each.options)
    case 'count':
      return tx.count('outbox', each.range)
    case 'get':
      return tx.get('outbox', each.sequence)
  }
}

async function history(
  storage: Storage,
  transactions: readonly { steps: readonly Step[]; throws: boolean }[],
) {
  const seen: unknown[] = []
  for (const { steps, throws } of transactions) {
    await storage
      .write(['outbox'], 'relaxed', async (tx) => {
        for (const each of steps) seen.push(await take(tx, each))
        if (throws) throw new Error('taken back')
      })
      .catch((error: unknown) => seen.push(String(error)))
  }
  seen.push(await storage.read(['outbox'], (tx) => tx.scan('outbox', { index: 'byConversation' })))
  return seen
}

test('memory and local storage answer every history as IndexedDB does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { maxLength: 6 }), async (transactions) => {
      const indexedDb = await createIndexedDbStorage({ factory: new IDBFactory(), setTimer }).open('x')
      const expected = await history(indexedDb, transactions)
      expect(await history(await createMemoryStorage().open('x'), transactions)).toEqual(expected)
      const texts = createTextStorage()
      const local = createLocalStorageStorage({ storage: texts, setTimer })
      expect(await history(await local.open('x'), transactions)).toEqual(expected)
    }),
    { numRuns: 150 },
  )
})
