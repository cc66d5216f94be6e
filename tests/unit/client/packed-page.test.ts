import { expect, test } from 'vitest'
import { unpackPage } from '../../../src/domain/packed-page.ts'
import { joinPacks } from '../../../src/engine/join-packs.ts'

const narrow = ['[["o1",1000,0,{"id":"a","role":"user"}],["o2",1,5,{"id":"b","role":"assistant"}]]']
const more = ['[["o3",2000,0,{"id":"c","role":"user"},{"parentId":"b","externalId":"x","status":"error"}]]']
const wide = ['[["o4",3000,0,{"id":"d","role":"user","text":"潮"},{"parentId":"c"}]]']

const pageOf = (packs: readonly string[]) =>
  unpackPage(
    { conversationId: 'c', revision: 1, leaf: null, packs, tail: [], hidden: [], more: false },
    { conversationId: 'c', limit: 0 },
  )

test('neighbouring packs cross as one text, and what needs two bytes a unit in one of its own', () => {
  expect(joinPacks([])).toEqual([])
  expect(joinPacks([...narrow, ...more])).toEqual([`[${narrow},${more}]`])
  expect(joinPacks([...wide, ...narrow, ...more, ...wide, ...wide])).toEqual([
    `[${wide}]`,
    `[${narrow},${more}]`,
    `[${wide},${wide}]`,
  ])
})

test('packs that cross as one text come apart as they were: places count anew in each', () => {
  const { messages } = pageOf(joinPacks([...narrow, ...more, ...wide]))
  expect(messages).toEqual([
    {
      id: 'a',
      message: { id: 'a', role: 'user' },
      parentId: null,
      born: 1000,
      createdAt: 1000,
      status: 'complete',
    },
    {
      id: 'b',
      message: { id: 'b', role: 'assistant' },
      parentId: 'a',
      born: 1001,
      createdAt: 1006,
      status: 'complete',
    },
    {
      id: 'c',
      message: { id: 'c', role: 'user' },
      parentId: 'b',
      born: 2000,
      createdAt: 2000,
      status: 'error',
      externalId: 'x',
    },
    {
      id: 'd',
      message: { id: 'd', role: 'user', text: '潮' },
      parentId: 'c',
      born: 3000,
      createdAt: 3000,
      status: 'complete',
    },
  ])
})

test('a text that is no list of packs is refused, so that the engine is asked to take it apart', () => {
  expect(() => pageOf(['[[["o1",1'])).toThrow(SyntaxError)
})
