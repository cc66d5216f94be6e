import { expect, test } from 'vitest'
import { importInCalls } from '../../../src/client/import-conversations.ts'

type Part = Parameters<Parameters<typeof importInCalls>[2]>[0]

const conversation = (id: string, characters = 10) => ({
  id,
  messages: [{ message: { id: `${id}-m`, role: 'user', content: 'x'.repeat(characters) } }],
})

/** Each has one message. */
const savedOf = ({ conversations }: Part) => {
  const count = conversations.length
  return { imported: count, messageCount: count, synced: Promise.resolve() }
}

/** Answers calls when told to, and remembers them. */
function aCallee() {
  const parts: Part[] = []
  const waiting: (() => void)[] = []
  const call = async (part: Part) => {
    parts.push(part)
    if (part.relaxed === true) await new Promise<void>((resolve) => waiting.push(resolve))
    return savedOf(part)
  }
  const answer = () => waiting.shift()?.()
  return { parts, call, answer, waiting }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('messages cross as texts in several calls, eight at once, and a strict transaction ends them', async () => {
  const { parts, call, answer, waiting } = aCallee()
  const progress: number[] = []
  const conversations = [...'abcdefghi'].map((id) => conversation(id, 1_000_000))
  const onProgress = ({ imported, total }: { imported: number; total: number }) =>
    progress.push(imported / total)
  const done = importInCalls(conversations, { onProgress }, call)
  await turn()
  expect(waiting).toHaveLength(8)
  answer()
  await turn()
  expect(waiting).toHaveLength(8)
  expect(progress).toEqual([1 / 9])
  for (let left = 0; left < 8; left++) answer()
  expect(await done).toMatchObject({ imported: 9, messageCount: 9 })
  expect(progress.at(-1)).toBe(1)
  expect(parts.map(({ relaxed }) => relaxed)).toEqual([...Array(9).fill(true), undefined])
  expect(parts.at(-1)?.conversations).toEqual([])
  const [first] = parts
  const text = JSON.stringify(conversations[0]?.messages[0]?.message)
  expect(first?.conversations[0]?.runs).toEqual([{ text, lengths: [text.length] }])
})

test('small conversations share a call', async () => {
  const { parts, call, answer } = aCallee()
  const done = importInCalls(
    Array.from({ length: 50 }, (_, index) => conversation(`c${index}`)),
    {},
    call,
  )
  await turn()
  answer()
  expect((await done).imported).toBe(50)
  expect(parts).toHaveLength(2)
})

test('what was sent before an abort is finished and put on disk, and nothing more is sent', async () => {
  const { parts, call, answer } = aCallee()
  const controller = new AbortController()
  const conversations = [...'abcdefghijk'].map((id) => conversation(id, 1_000_000))
  const done = importInCalls(conversations, { signal: controller.signal }, call)
  await turn()
  controller.abort(new Error('enough'))
  for (let left = 0; left < 8; left++) answer()
  await expect(done).rejects.toThrow('enough')
  expect(parts.map(({ conversations: sent }) => sent.map(({ id }) => id).join())).toEqual([...'abcdefgh', ''])
})

test.each([
  ['a date', { id: 'm', role: 'user', at: new Date(0) }],
  ['a function', { id: 'm', role: 'user', at: () => {} }],
  ['a number without an end', { id: 'm', role: 'user', at: Number.POSITIVE_INFINITY }],
  ['nothing', null],
])(
  'a message that holds %s is refused with its place, and what came before stays',
  async (_name, message) => {
    const { parts, call, answer } = aCallee()
    const bad = { id: 'bad', messages: [{ message: message as { id: string; role: string } }] }
    const done = importInCalls([conversation('good', 1_000_000), bad], {}, call)
    await turn()
    answer()
    await expect(done).rejects.toMatchObject({ code: 'input/invalid' })
    expect(parts.map(({ conversations }) => conversations.map(({ id }) => id))).toEqual([['good'], []])
  },
)

test('a call that fails stops the import with its error', async () => {
  const failing = async (part: Part) => {
    if (part.conversations[0]?.id === 'b') throw new Error('the disk is full')
    return savedOf(part)
  }
  const conversations = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => conversation(id, 1_000_000))
  await expect(importInCalls(conversations, {}, failing)).rejects.toThrow('the disk is full')
})

test('the first error is told, also when the transaction at the end fails too', async () => {
  let calls = 0
  const call = async (part: Part) => {
    calls += 1
    if (calls > 1) throw new Error(part.relaxed === true ? 'the second call' : 'the end')
    return savedOf(part)
  }
  const conversations = ['a', 'b'].map((id) => conversation(id, 1_000_000))
  await expect(importInCalls(conversations, {}, call)).rejects.toThrow('the second call')
  expect(calls).toBe(3)
})

test('what is on its way is put on disk also when the app’s own progress fails', async () => {
  const { parts, call, answer } = aCallee()
  const onProgress = () => {
    throw new Error('no such element')
  }
  const conversations = ['a', 'b'].map((id) => conversation(id, 1_000_000))
  const done = importInCalls(conversations, { onProgress }, call)
  await turn()
  answer()
  answer()
  await expect(done).rejects.toThrow('no such element')
  expect(parts.map(({ conversations: sent }) => sent.map(({ id }) => id).join())).toEqual(['a', 'b', ''])
})
