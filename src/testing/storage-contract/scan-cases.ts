import type { ConversationRecord } from '../../ports/records/conversation.ts'
import type { Key, ScanOptions, Storage } from '../../ports/storage.ts'
import type { ContractCase } from './contract.ts'
import { expectEqual } from './expect.ts'
import { aConversation, aMessage } from './samples.ts'

/** In what order and within which bounds records are read. */
export const scanCases: readonly ContractCase[] = [
  {
    name: 'keys are ordered as IndexedDB orders them: numbers, texts by UTF-16 unit, arrays member by member',
    run: async ({ open }) => {
      const storage = await open()
      const keys: readonly Key[] = [
        Number.NEGATIVE_INFINITY,
        -10,
        -1,
        0,
        1,
        1.5,
        9,
        10,
        Number.POSITIVE_INFINITY,
        '',
        '\u0000',
        '10',
        '9',
        'B',
        'a',
        'a\u0000',
        'aa',
        'ab',
        'ä',
        '\ud83d\ude00',
        '\uffff',
        [],
        [1],
        [1, 2],
        [1, 'a'],
        [2],
        ['a'],
        ['a', 1],
        ['a', []],
        ['b'],
        [[]],
        [['a']],
      ]
      const shuffled = keys.map((key, position) => ({ key, rank: (position * 7) % keys.length }))
      shuffled.sort((a, b) => a.rank - b.rank)
      await storage.write(['search'], 'relaxed', async (tx) => {
        for (const { key } of shuffled) await tx.put('search', { key: key as string, value: null })
      })
      const found = (options: ScanOptions) =>
        storage.read(['search'], async (tx) =>
          (await tx.scan('search', options)).map((record) => String(record.key)),
        )
      const expected = keys.map(String)
      expectEqual(await found({}), expected, 'forward')
      expectEqual(await found({ direction: 'backward' }), expected.slice().reverse(), 'backward')
      for (const [position, key] of keys.entries()) {
        expectEqual(await found({ range: { lower: key } }), expected.slice(position), `from ${String(key)}`)
      }
    },
  },
  {
    name: 'ranges bound compound keys, open and closed, by whole keys and by prefixes',
    run: async ({ open }) => {
      const storage = await openWithMessages(open)
      const ids = (options: ScanOptions) => idsOf(storage, options)
      const of = (born: number) => ['b', born, `m${born}`]
      expectEqual(await ids({ range: { lower: ['b'], upper: ['b', []] } }), of1to(9), 'a whole conversation')
      expectEqual(await ids({ range: { lower: of(3), upper: of(5) } }), ['m3', 'm4', 'm5'], 'closed')
      expectEqual(
        await ids({ range: { lower: of(3), upper: of(5), lowerOpen: true, upperOpen: true } }),
        ['m4'],
        'open',
      )
      expectEqual(await ids({ range: { lower: ['b', 8], upper: ['b', []] } }), ['m8', 'm9'], 'from a time')
      expectEqual(await ids({ range: { upper: ['a', []] } }), ['first'], 'no lower bound')
      expectEqual(await ids({ range: { lower: ['c'] } }), ['last'], 'no upper bound')
      expectEqual(await ids({ range: { lower: of(5), upper: of(3) } }), [], 'upside down')
      expectEqual(await ids({ range: { lower: of(5), upper: of(5) } }), ['m5'], 'one key')
      expectEqual(await ids({ range: { lower: of(5), upper: of(5), lowerOpen: true } }), [], 'one open key')
    },
  },
  {
    name: 'a limit takes the first records of the direction',
    run: async ({ open }) => {
      const storage = await openWithMessages(open)
      const range = { lower: ['b'], upper: ['b', []] }
      expectEqual(await idsOf(storage, { range, limit: 3 }), ['m1', 'm2', 'm3'], 'forward')
      expectEqual(
        await idsOf(storage, { range, limit: 3, direction: 'backward' }),
        ['m9', 'm8', 'm7'],
        'backward',
      )
      const before = { ...range, upper: ['b', 7, 'm7'], upperOpen: true }
      expectEqual(
        await idsOf(storage, { range: before, limit: 2, direction: 'backward' }),
        ['m6', 'm5'],
        'before one',
      )
      expectEqual(
        await idsOf(storage, { range, limit: 50, direction: 'backward' }),
        of1to(9).reverse(),
        'more than all',
      )
      expectEqual(await idsOf(storage, { range, direction: 'backward' }), of1to(9).reverse(), 'no limit')
      expectEqual(await idsOf(storage, { range, limit: 0 }), [], 'none')
      expectEqual(await idsOf(storage, { range, limit: Number.POSITIVE_INFINITY }), of1to(9), 'all')
    },
  },
  {
    name: 'an index orders by its own key and ties by the primary key, in both directions',
    run: async ({ open }) => {
      const storage = await open()
      const conversations = [
        aConversation('d', 2),
        aConversation('b', 1),
        aConversation('c', 2),
        aConversation('a', 3),
      ]
      const drafts = ['z', 'x', 'y'].map((messageId, position) => aDraft(messageId, position === 0 ? 7 : 8))
      await storage.write(['conversations', 'drafts'], 'strict', async (tx) => {
        for (const conversation of conversations) await tx.put('conversations', conversation)
        for (const draft of drafts) await tx.put('drafts', draft)
      })
      expectEqual(await listed(storage, {}), ['b', 'c', 'd', 'a'], 'forward')
      expectEqual(await listed(storage, { direction: 'backward', limit: 2 }), ['a', 'd'], 'backward')
      const leases = (options: ScanOptions) =>
        storage.read(['drafts'], async (tx) =>
          (await tx.scan('drafts', { index: 'byLease', ...options })).map((draft) => draft.messageId),
        )
      expectEqual(await leases({}), ['z', 'x', 'y'], 'ties forward')
      expectEqual(await leases({ direction: 'backward' }), ['y', 'x', 'z'], 'ties backward')
      expectEqual(await leases({ direction: 'backward', limit: 2 }), ['y', 'x'], 'ties backward, limited')
      expectEqual(await leases({ range: { upper: [8], upperOpen: true } }), ['z'], 'a range of the index')
    },
  },
  {
    name: 'an index follows changes and deletions, and leaves out records that lack its property',
    run: async ({ open }) => {
      const storage = await open()
      const put = (conversation: ConversationRecord) =>
        storage.write(['conversations'], 'strict', (tx) => tx.put('conversations', conversation))
      for (const id of ['a', 'b', 'c']) await put(aConversation(id, 1))
      await put({ ...aConversation('a', 5), title: 'changed' })
      expectEqual(await listed(storage, {}), ['b', 'c', 'a'], 'after a change')
      const { lastMessageAt: _, ...without } = aConversation('b', 1)
      await put(without as ConversationRecord)
      await put({ ...aConversation('d', 1), lastMessageAt: null as unknown as number })
      expectEqual(await listed(storage, {}), ['c', 'a'], 'without the property')
      expectEqual(await storage.read(['conversations'], (tx) => tx.count('conversations')), 4, 'all records')
      await storage.write(['conversations'], 'strict', (tx) => tx.delete('conversations', 'c'))
      expectEqual(await listed(storage, {}), ['a'], 'after a deletion')
    },
  },
  {
    name: 'counting counts what a scan of the same range finds',
    run: async ({ open }) => {
      const storage = await openWithMessages(open)
      await storage.read(['messages'], async (tx) => {
        expectEqual(await tx.count('messages'), 11, 'all')
        expectEqual(await tx.count('messages', { lower: ['b'], upper: ['b', []] }), 9, 'one conversation')
        expectEqual(await tx.count('messages', { lower: ['b', 3], upper: ['b', 5] }), 2, 'some')
        expectEqual(await tx.count('messages', { lower: ['c'], upper: ['b'] }), 0, 'upside down')
      })
    },
  },
]

/** Conversation `b` with the messages m1 … m9 between two others. */
async function openWithMessages(open: () => Promise<Storage>): Promise<Storage> {
  const storage = await open()
  await storage.write(['messages'], 'strict', async (tx) => {
    await tx.put('messages', aMessage('c', 1, 'last'))
    for (const born of [9, 1, 8, 2, 7, 3, 6, 4, 5]) await tx.put('messages', aMessage('b', born))
    await tx.put('messages', aMessage('a', 99, 'first'))
  })
  return storage
}

function of1to(last: number): string[] {
  return Array.from({ length: last }, (_, position) => `m${position + 1}`)
}

function idsOf(storage: Storage, options: ScanOptions): Promise<string[]> {
  return storage.read(['messages'], async (tx) =>
    (await tx.scan('messages', options)).map((message) => message.id),
  )
}

/** Ids of the project's open conversations by the list's index. */
function listed(storage: Storage, options: ScanOptions): Promise<string[]> {
  const range = { lower: ['project', 'open'], upper: ['project', 'open', []] }
  return storage.read(['conversations'], async (tx) => {
    const found = await tx.scan('conversations', { index: 'byProject', range, ...options })
    return found.map((conversation) => conversation.id)
  })
}

function aDraft(messageId: string, leaseUntil: number) {
  const message = { id: messageId, role: 'assistant' }
  const place = { parentId: null, born: 1, createdAt: 1 }
  return {
    conversationId: 'c',
    messageId,
    projectId: 'p',
    attemptId: 'a',
    kind: 'answer' as const,
    ...place,
    message,
    owner: 'boot',
    leaseUntil,
  }
}
