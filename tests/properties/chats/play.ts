import { vi } from 'vitest'
import { aiSdkDriver } from '../../../src/ai-sdk/ai-sdk-driver.ts'
import {
  type ScriptedRequest,
  type ScriptedTransport,
  scriptedTransport,
  textOf,
} from '../../unit/ai-sdk/scripted-transport.ts'
import { settled } from '../../unit/rpc/fake-clock.ts'
import type { Act } from './chat-acts.ts'
import { type ChatTab, openChatTab } from './chat-tab.ts'
import { type ChatWorld, createChatWorld } from './chat-world.ts'
import { deliver, deliverAll, passTime } from './deliver.ts'

/** An answer as its server knows it. */
type Answer = { readonly request: ScriptedRequest; readonly id: string; text: string; isOver: boolean }
/** A tab, and what its person was promised. */
type Seat = {
  tab: ChatTab
  transport: ScriptedTransport
  answers: Answer[]
  /** What ended while the tab was there, and has to be kept: the whole text by id. */
  readonly ended: Map<string, string>
}
export type Stage = {
  readonly world: ChatWorld
  readonly seats: readonly Seat[]
  readonly problems: string[]
  /** Ids of messages that somebody rewrote: what they were before need not be kept. */
  readonly rewritten: Set<string>
  /** Somebody else signed in: what a full disk had refused is gone with the screen of its owner. */
  hasSwitched: boolean
}

/** Plays what happens in two tabs of one browser, brings it to rest and has it judged. */
export async function play(list: readonly Act[], judge: (stage: Stage) => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const world = createChatWorld()
  const problems: string[] = []
  const seats: Seat[] = []
  await world.signIn('anna')
  const stage: Stage = { world, seats, problems, rewritten: new Set(), hasSwitched: false }
  try {
    for (let index = 0; index < 2; index++)
      seats.push({ ...(await sit(stage)), answers: [], ended: new Map() })
    await deliverAll(stage.seats)
    let count = 0
    for (const act of list) {
      const seat = seats[act.tab]
      if (seat !== undefined) await perform(stage, seat, act, `${++count}`)
      await settled()
      for (const each of seats) lookAfter(each)
    }
    await comeToRest(stage)
    await judge(stage)
  } finally {
    for (const { tab } of seats) tab.close()
    await world.close()
    vi.useRealTimers()
  }
}

async function sit({ world, problems }: Stage): Promise<Pick<Seat, 'tab' | 'transport'>> {
  const transport = scriptedTransport()
  const { sendMessages } = transport
  transport.sendMessages = async (request) => {
    request.abortSignal?.throwIfAborted() // As `fetch` does.
    const stream = await sendMessages(request)
    const sent = transport.requests.at(-1)
    const question = sent?.messages.findLast(({ role }) => role === 'user')
    if (question !== undefined && !world.wasStored(question.id))
      problems.push(`the request of ${textOf(question)} left before it was saved`)
    return stream
  }
  return { tab: await openChatTab(world, aiSdkDriver({ transport })), transport }
}

async function perform(stage: Stage, seat: Seat, { kind, n }: Act, name: string): Promise<void> {
  const { world } = stage
  const { tab } = seat
  const { session } = tab
  const { chat } = session
  const shown = chat.messages
  const some = shown[n % Math.max(1, shown.length)]
  const answer = growing(seat).at(-1)
  const question = { text: `question ${name} of ${tab.client.status.accountId}` }
  const stored = session.getState().envelopesById.get(some?.id ?? '')
  const elsewhere = { id: `elsewhere-${name}`, role: 'user', parts: [{ type: 'text', text: name }] }
  if (kind === 'send') quietly(session.act(() => chat.sendMessage(question)))
  if (kind === 'grow' && answer !== undefined) grow(answer, name)
  if (kind === 'finish' && answer !== undefined) finish(answer)
  if (kind === 'breakOff' && answer !== undefined) {
    answer.isOver = true
    answer.request.breakOff(new TypeError('The network is gone.'))
  }
  if (kind === 'stop') quietly(session.stop())
  if (kind === 'regenerate' && some !== undefined) quietly(session.regenerate({ messageId: some.id }))
  if (kind === 'editQuestion' && some?.role === 'user')
    quietly(
      session.act(async () => {
        if (await session.branchBefore(some.id)) await chat.sendMessage(question)
      }),
    )
  if (kind === 'selectBranch') {
    const siblings = [...session.getState().envelopesById.values()].flatMap(({ siblings = [] }) => siblings)
    const chosen = siblings[n % Math.max(1, siblings.length)]
    if (chosen !== undefined) quietly(session.selectBranch(chosen))
  }
  if (kind === 'editInPlace' && some !== undefined && chat.status === 'ready') {
    stage.rewritten.add(some.id)
    quietly(
      session.setMessages(
        shown.map((message) =>
          message === some ? { ...message, parts: [{ type: 'text', text: `edited ${name}` }] } : message,
        ),
      ),
    )
  }
  if (kind === 'switchAccount') {
    quietly(tab.client.setAccount(n > 10 ? 'anna' : 'ben'))
    stage.hasSwitched = true
  }
  if (kind === 'loadOlder') quietly(session.loadOlder())
  if (kind === 'reload') await reload(stage, seat)
  if (kind === 'elsewhere') await world.append(elsewhere)
  if (kind === 'forkElsewhere' && stored !== undefined)
    await world.append(elsewhere, { after: { id: stored.id, born: stored.born }, fork: true })
  if (kind === 'removeElsewhere' && stored !== undefined && some !== undefined) {
    stage.rewritten.add(some.id)
    await world.remove(stored.id, `remove-${name}`)
  }
  if (kind === 'fillDisk') world.setFull(n > 4)
  if (kind === 'passTime') await passTime(stage.world, n > 15 ? 20_000 : 400)
  if (kind === 'deliver') for (let times = 0; times < 4; times++) await deliver(tab, n + times)
  if (kind === 'settle') await deliverAll(stage.seats)
}

/** Answers that still grow, the newest last: one that was asked for again goes on until its server ends it. */
function growing({ transport, answers }: Seat): readonly Answer[] {
  const { requests } = transport
  for (const request of requests.slice(answers.length))
    answers.push({ request, id: `answer-${Math.random().toString(36).slice(2, 8)}`, text: '', isOver: false })
  return answers.filter(({ isOver, request }) => !isOver && request.signal?.aborted !== true)
}

function grow(answer: Answer, name: string): void {
  if (answer.text === '')
    answer.request.push({ type: 'start', messageId: answer.id }, { type: 'text-start', id: 't' })
  answer.request.push({ type: 'text-delta', id: 't', delta: `${name} ` })
  answer.text += `${name} `
}

function finish(answer: Answer): void {
  if (answer.text === '') grow(answer, 'all')
  answer.request.push({ type: 'text-end', id: 't' }, { type: 'finish' })
  answer.request.close()
  answer.isOver = true
}

/** A person who reloads gives up what was never written. */
async function reload(stage: Stage, seat: Seat): Promise<void> {
  seat.tab.close()
  seat.ended.clear()
  seat.answers = []
  Object.assign(seat, await sit(stage))
}

/** What the tab shows of an answer that is over is what has to be kept of it. */
function lookAfter({ tab, answers, ended }: Seat): void {
  for (const { id, request, isOver } of answers) {
    if (!isOver && request.signal?.aborted !== true) continue
    const shown = tab.session.chat.messages.find((message) => message.id === id)
    if (shown !== undefined && !ended.has(id)) ended.set(id, textOf(shown))
  }
}

const quietly = (act: Promise<unknown>): void => void act.catch(() => {}) // The session's state tells.

/** Answers end, there is room on the disk, people save what could not be saved, and everything is heard. */
async function comeToRest(stage: Stage): Promise<void> {
  stage.world.setFull(false)
  await deliverAll(stage.seats)
  for (const seat of stage.seats) {
    for (let [answer] = growing(seat); answer !== undefined; [answer] = growing(seat)) {
      finish(answer)
      await settled()
      await deliverAll(stage.seats)
    }
    lookAfter(seat)
  }
  await stage.world.signIn('anna')
  await deliverAll(stage.seats)
  for (let round = 0; round < 3; round++) {
    for (const { tab } of stage.seats) quietly(tab.session.save())
    await deliverAll(stage.seats)
    await passTime(stage.world, 20_000)
    await deliverAll(stage.seats)
    for (const { tab } of stage.seats) quietly(tab.session.refresh())
    await deliverAll(stage.seats)
  }
}
