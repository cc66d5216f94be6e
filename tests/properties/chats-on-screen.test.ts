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
  [
    'an edit of a message that was removed elsewhere keeps the question after it where it was asked',
    [
      ['send', 0, 0],
      ['settle', 0, 0],
      ['finish', 0, 0],
      ['removeElsewhere', 0, 0],
      ['deliver', 0, 0],
      ['editInPlace', 0, 0],
      ['send', 0, 0],
      ['grow', 0, 0],
    ],
  ],
  [
    'a question is kept by the account whose chat is on screen, not by who signs in before it is saved',
    [
      ['send', 0, 0],
      ['deliver', 0, 0],
      ['switchAccount', 0, 0],
      ['grow', 0, 0],
      ['send', 0, 0],
      ['grow', 0, 0],
      ['deliver', 0, 0],
      ['passTime', 0, 0],
      ['deliver', 0, 0],
    ],
  ],
  [
    'a question that is asked while the chat of who left goes from the screen is not theirs',
    [
      ['send', 1, 0],
      ['switchAccount', 1, 0],
      ['deliver', 1, 4],
      ['editQuestion', 0, 0],
      ['send', 1, 0],
    ],
  ],
  [
    'a list from the screen of who left is not saved by who came',
    [
      ['switchAccount', 0, 0],
      ['send', 1, 0],
      ['deliver', 1, 0],
      ['deliver', 0, 0],
      ['grow', 1, 0],
      ['deliver', 1, 0],
      ['editInPlace', 1, 3],
    ],
  ],
  [
    'what was asked twice ends for who asked it before somebody else comes',
    [
      ['switchAccount', 0, 0],
      ['settle', 0, 0],
      ['switchAccount', 0, 11],
      ['send', 0, 0],
      ['send', 0, 0],
      ['finish', 0, 0],
      ['deliver', 0, 0],
      ['finish', 0, 0],
      ['elsewhere', 0, 0],
    ],
  ],
  [
    'of two answers to who is signed in the later question counts',
    [
      ['switchAccount', 0, 0],
      ['deliver', 0, 0],
      ['send', 0, 0],
      ['deliver', 0, 0],
      ['switchAccount', 0, 11],
      ['send', 0, 0],
      ['deliver', 0, 9],
      ['deliver', 0, 4],
      ['deliver', 0, 0],
      ['grow', 0, 0],
      ['finish', 0, 0],
      ['send', 0, 0],
    ],
  ],
])('%s', async (_, list) => {
  expect.hasAssertions() // Of the judge.
  await play(
    list.map(([kind, tab, n]) => ({ kind, tab, n })),
    judge,
  )
})
