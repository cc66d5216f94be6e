import type { Contender, Message } from './contender.ts'
import { createConversations, createMessage, createRandom, createText } from './messages.ts'

/** What one round asks of a contender; each answers milliseconds by the name of its row. */
export type RoundContext = {
  readonly contender: Contender
  readonly round: number
  /** Names of the databases that the seeding made. What is written to `queue` is queued for a cloud. */
  readonly databases: { readonly main: string; readonly queue: string; readonly list: string }
}
export type Timings = Readonly<Record<string, number>>

/** Of the conversations that were seeded, each is read by one row of one round only: nothing has it in memory. */
export const conversationFor = (use: 'load' | 'newest' | 'append', round: number): string =>
  use === 'append' ? 'append-00000' : `${use}-${String(round).padStart(5, '0')}`

export const MESSAGES_PER_CONVERSATION = 1_000
export const LISTED_CONVERSATIONS = 10_000
const APPENDS = 20
const BURST = 32

/** Fills the databases that the rounds read. */
export async function seed(
  contender: Contender,
  databases: RoundContext['databases'],
  rounds: number,
): Promise<void> {
  await contender.open(databases.main)
  for (const use of ['newest', 'load'] as const) {
    for (const conversation of createConversations(use, rounds, MESSAGES_PER_CONVERSATION, 7)) {
      await contender.import([conversation])
    }
  }
  const appended = createConversations('append', 1, MESSAGES_PER_CONVERSATION, 8)
  await contender.import(appended)
  await contender.open(databases.queue, true)
  await contender.import(appended)
  await contender.open(databases.list)
  const listed = createConversations('listed', LISTED_CONVERSATIONS, 1, 9)
  for (let from = 0; from < listed.length; from += 500) await contender.import(listed.slice(from, from + 500))
}

/** The rows that need nothing but a page; in a fresh page each round. */
export const workloads: Readonly<Record<string, (context: RoundContext) => Promise<Timings>>> = {
  newest: async ({ contender, databases, round }) => {
    await contender.open(databases.main)
    const [newest, ms] = await timed(() => contender.loadNewest(conversationFor('newest', round), 50))
    expectMessages(newest, 50)
    return { 'newest 50': ms }
  },

  load: async ({ contender, databases, round }) => {
    await contender.open(databases.main)
    const [cold, coldMs] = await timed(() => contender.loadAll(conversationFor('load', round)))
    expectMessages(cold, MESSAGES_PER_CONVERSATION)
    const [again, againMs] = await timed(() => contender.loadAll(conversationFor('load', round)))
    expectMessages(again, MESSAGES_PER_CONVERSATION)
    return { 'load 1,000': coldMs, 'load 1,000 again': againMs }
  },

  list: async ({ contender, databases }) => {
    await contender.open(databases.list)
    const [first, firstMs] = await timed(() => contender.list(50))
    const [again, againMs] = await timed(() => contender.list(50))
    if (first.length !== 50 || again.length !== 50) throw new Error('The list is not complete.')
    return { 'list 50 of 10,000': firstMs, 'list again': againMs }
  },

  append: async ({ contender, databases, round }) => {
    await contender.open(databases.queue, true)
    const random = createRandom(round)
    const times: number[] = []
    for (let position = 0; position < APPENDS; position++) {
      const message = createMessage(`append-${round}-${position}`, position, random)
      times.push((await timed(() => contender.append(conversationFor('append', round), message)))[1])
    }
    const hops: number[] = []
    for (let turn = 0; contender.hop !== undefined && turn < APPENDS; turn++)
      hops.push((await timed(() => contender.hop?.() ?? Promise.resolve()))[1])
    return { append: medianOf(times), ...(hops.length === 0 ? {} : { 'worker hop': medianOf(hops) }) }
  },

  burst: async ({ contender, databases, round }) => {
    await contender.open(databases.queue, true)
    const random = createRandom(round + 1_000)
    const messages = Array.from({ length: BURST }, (_, position) =>
      createMessage(`burst-${round}-${position}`, position, random),
    )
    const [, ms] = await timed(() => contender.burst(conversationFor('append', round), messages))
    return { 'burst of 32, per message': ms / BURST }
  },

  import: (context) => importInto(context, 'import 10,000', false),

  'queued-import': (context) => importInto(context, 'import 10,000, queued', true),
}

async function importInto(
  { contender, databases, round }: RoundContext,
  row: string,
  isQueueing: boolean,
): Promise<Timings> {
  const conversations = createConversations(`import-${round}`, 10, 1_000, round + 2_000)
  const kind = isQueueing ? 'queued-import' : 'import'
  await contender.open(`${databases.main}-${kind}-${round}`, isQueueing)
  // What is imported was just made: nobody is to pay for its garbage.
  ;(globalThis as { readonly gc?: () => void }).gc?.()
  const [, ms] = await timed(() => contender.import(conversations))
  const last = await contender.loadNewest(conversations[9]?.id ?? '', 50)
  expectMessages(last, 50)
  await contender.remove()
  return { [row]: ms }
}

/** A growing answer, saved 30 times a second. The test outside measures what the main thread was busy with meanwhile. */
export async function streamAnswer(
  contender: Contender | undefined,
  {
    id,
    databases,
    round,
    durationMs,
  }: Pick<RoundContext, 'databases' | 'round'> & {
    readonly id: string
    readonly durationMs: number
  },
): Promise<{ saves: number; longTasks: number; lost: boolean }> {
  await contender?.open(databases.main)
  const random = createRandom(round + 3_000)
  const pieces = Array.from({ length: Math.ceil((durationMs / 1000) * 30) }, () => createText(36, random))
  const conversationId = conversationFor('append', round)
  let longTasks = 0
  const observer = new PerformanceObserver((list) => {
    longTasks += list.getEntries().length
  })
  observer.observe({ type: 'longtask' })
  let message: Message = { id, role: 'assistant', parts: [] }
  const saves: Promise<void>[] = []
  const start = performance.now()
  for (const [position, piece] of pieces.entries()) {
    const text = (message.parts[0]?.text ?? '') + piece
    message = { ...message, parts: [{ type: 'text', text }] }
    if (contender !== undefined) saves.push(contender.saveGrowing(conversationId, message))
    const due = start + ((position + 1) * 1000) / 30
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
  }
  await Promise.all(saves)
  observer.disconnect()
  const stored = await contender?.endGrowing(conversationId, message)
  const lost = contender !== undefined && JSON.stringify(stored?.parts) !== JSON.stringify(message.parts)
  return { saves: saves.length, longTasks, lost }
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >>> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now()
  const result = await work()
  return [result, performance.now() - start]
}

/** Every text is there and was really deserialised. */
function expectMessages(messages: readonly Message[], count: number): void {
  const complete = messages.filter((message) => (message.parts[0]?.text.length ?? 0) > 200).length
  if (messages.length !== count || complete !== count)
    throw new Error(`${complete} of ${count} messages were read.`)
}
