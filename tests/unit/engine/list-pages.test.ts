import { expect, test } from 'vitest'
import type { Shelf } from '../../../src/domain/conversation.ts'
import type { ListPosition } from '../../../src/domain/service/conversation-list.ts'
import { aMessage, anEngine, type TestEngine } from '../../builders/engine.ts'

/** Four pinned, five open, two archived ones, in the order of a list: each shelf newest first. */
const ORDER = ['p3', 'p2', 'p1', 'p0', 'o4', 'o3', 'o2', 'o1', 'o0', 'a1', 'a0']

async function aFullList(): Promise<TestEngine> {
  const engine = await anEngine()
  for (const conversationId of ORDER.toReversed()) {
    engine.clock.advance(1_000)
    const command = () => ({ mutationId: engine.mutation(), conversationId })
    await engine.appendMessages({ ...command(), projectId: 'p', messages: [aMessage(`m-${conversationId}`)] })
    if (conversationId.startsWith('p')) await engine.setPinned({ ...command(), value: true })
    if (conversationId.startsWith('a')) await engine.setArchived({ ...command(), value: true })
  }
  return engine
}

async function pages(engine: TestEngine, limit: number, shelves?: readonly Shelf[]): Promise<string[][]> {
  const found: string[][] = []
  let after: ListPosition | undefined
  do {
    const page = await engine.listConversations({
      projectId: 'p',
      limit,
      ...(shelves === undefined ? {} : { shelves }),
      ...(after === undefined ? {} : { after }),
    })
    found.push(page.conversations.map(({ id }) => id))
    after = page.next ?? undefined
  } while (after !== undefined)
  return found
}

test.each([1, 2, 3, 4, 5, 8, 9, 10])(
  'pages of %i show the pinned, then the open ones, each once',
  async (limit) => {
    const found = await pages(await aFullList(), limit)
    expect(found.flat()).toEqual(ORDER.slice(0, 9))
    expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true)
  },
)

test.each([1, 3, 6, 11])(
  'pages of %i go on from shelf to shelf, in the order that was asked for',
  async (limit) => {
    const engine = await aFullList()
    const all = await pages(engine, limit, ['pinned', 'open', 'archived'])
    expect(all.flat()).toEqual(ORDER)
    const turned = await pages(engine, limit, ['archived', 'pinned', 'open'])
    expect(turned.flat()).toEqual([...ORDER.slice(9), ...ORDER.slice(0, 9)])
  },
)
