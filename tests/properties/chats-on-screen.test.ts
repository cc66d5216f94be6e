import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Act, acts } from './chats/chat-acts.ts'
import { judge } from './chats/judge.ts'
import { play } from './chats/play.ts'

test('what two tabs show of a chat is what is stored of it, in whatever order things happen', async () => {
  await fc.assert(
    fc.asyncProperty(acts, (list) => play(list, judge)),
    { numRuns: 100 },
  )
}, 60_000)

// What was found so, shrunk. An act is its kind, the tab and a number.
test.each<[string, readonly (readonly [Act['kind'], number, number])[]]>([
  [
    'an answer that a full disk refused is saved before another branch takes it from the screen',
    [
      ['send', 0, 0],
      ['settle', 0, 0],
      ['fillDisk', 0, 5],
      ['finish', 0, 0],
      ['editQuestion', 0, 0],
      ['settle', 0, 0],
      ['fillDisk', 0, 0],
    ],
  ],
  [
    'a request takes along no question that is not saved',
    [
      ['send', 0, 0],
      ['send', 0, 0],
      ['send', 0, 0],
      ['fillDisk', 0, 5],
      ['deliver', 0, 0],
      ['send', 0, 0],
      ['grow', 0, 0],
      ['breakOff', 0, 0],
      ['finish', 0, 0],
    ],
  ],
  [
    'a checkpoint that is recovered does not replace the whole answer that was saved since',
    [
      ['send', 0, 0],
      ['settle', 0, 0],
      ['grow', 0, 0],
      ['passTime', 0, 0],
      ['settle', 0, 0],
      ['grow', 0, 0],
      ['fillDisk', 0, 5],
      ['finish', 0, 0],
      ['deliver', 0, 0],
      ['deliver', 0, 0],
    ],
  ],
  [
    'a message that was edited while the disk was full is saved with what follows it',
    [
      ['send', 0, 0],
      ['settle', 0, 0],
      ['finish', 0, 0],
      ['elsewhere', 0, 0],
      ['editInPlace', 0, 0],
      ['deliver', 0, 4],
      ['fillDisk', 0, 5],
      ['settle', 0, 0],
      ['deliver', 0, 0],
      ['finish', 0, 0],
      ['elsewhere', 0, 0],
      ['send', 0, 0],
    ],
  ],
  [
    'an edit saves no older copy of another message',
    [
      ['send', 0, 0],
      ['settle', 0, 0],
      ['grow', 0, 0],
      ['passTime', 0, 0],
      ['deliver', 0, 0],
      ['deliver', 1, 0],
      ['grow', 0, 0],
      ['send', 0, 0],
      ['editInPlace', 1, 0],
      ['grow', 0, 0],
      ['deliver', 0, 0],
      ['deliver', 0, 0],
    ],
  ],
  [
    "another tab's branch takes no unsaved answer from the screen",
    [
      ['send', 1, 0],
      ['settle', 0, 0],
      ['grow', 1, 0],
      ['passTime', 0, 0],
      ['grow', 1, 0],
      ['deliver', 1, 0],
      ['fillDisk', 0, 5],
      ['finish', 1, 0],
      ['deliver', 1, 0],
      ['editQuestion', 0, 0],
    ],
  ],
  [
    'requests that are asked for at once are made one after the other',
    [
      ['send', 1, 0],
      ['regenerate', 1, 0],
      ['send', 1, 0],
      ['settle', 0, 0],
      ['send', 1, 0],
      ['finish', 1, 0],
      ['editQuestion', 1, 0],
      ['settle', 0, 0],
    ],
  ],
  [
    'a message that was removed elsewhere and edited here goes',
    [
      ['elsewhere', 0, 0],
      ['deliver', 0, 0],
      ['removeElsewhere', 0, 0],
      ['deliver', 0, 0],
      ['editInPlace', 0, 0],
    ],
  ],
])('%s', async (_, list) => {
  expect.hasAssertions() // Of the judge.
  await play(
    list.map(([kind, tab, n]) => ({ kind, tab, n })),
    judge,
  )
})
