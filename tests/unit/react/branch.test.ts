import { expect, test } from 'vitest'
import type { StoredMessage } from '../../../src/domain/service/message-page.ts'
import { createBranch } from '../../../src/react/chat/branch.ts'

const message = (id: string) => ({ id, role: 'user' })
const stored = (id: string, born: number, parentId: string | null): StoredMessage => ({
  ...{ id, born, parentId, createdAt: born, status: 'complete' },
  message: message(id),
})

/** What is stored is a question `q` and its answer `a`. */
function aBranch() {
  const branch = createBranch<ReturnType<typeof message>>()
  const messages = [stored('q', 1, null), stored('a', 2, 'q')]
  const page = { conversationId: 'c', revision: 5, messages, leaf: { id: 'a', born: 2 }, older: null }
  branch.applyPage(page, [])
  return branch
}

test('a question that stands before a stored answer is unsaved, too', () => {
  const { added, isOutOfOrder } = aBranch().unsavedOf(['q', 'asked', 'a', 'last'].map(message))
  expect(added).toEqual([message('asked'), message('last')])
  expect(isOutOfOrder).toBe(true)
})

test('a write after which others had written leaves memory behind', () => {
  const write = (revision: number) => {
    const written = [{ id: 'n', born: 3, parentId: 'a' }]
    const result = { conversationId: 'c', revision, written, queued: false }
    return aBranch().noteWritten([message('n')], result, 'complete', 3)
  }
  expect(write(6)).toBe(true)
  expect(write(7)).toBe(false)
})

test('an answer that another tab wrote, too, is what the store has of it', () => {
  const branch = aBranch()
  const mine = { ...message('n'), role: 'assistant' }
  const result = { conversationId: 'c', revision: 6, written: [], queued: false }
  expect(branch.noteWritten([mine], result, 'stopped', 3)).toBe(false)
  const memory = [message('q'), message('a'), mine]
  expect(branch.unsavedOf(memory)).toMatchObject({ added: [], edited: [], isFork: false })
  const theirs = { ...stored('n', 3, 'a'), message: { ...mine, more: true } }
  const messages = [stored('q', 1, null), stored('a', 2, 'q'), theirs]
  const page = { conversationId: 'c', revision: 7, messages, leaf: { id: 'n', born: 3 }, older: null }
  expect(branch.applyPage(page, memory).at(-1)).toEqual(theirs.message)
})
