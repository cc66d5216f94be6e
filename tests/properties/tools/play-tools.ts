import {
  isToolUIPart,
  lastAssistantMessageIsCompleteWithApprovalResponses,
  lastAssistantMessageIsCompleteWithToolCalls,
  type UIMessage,
} from 'ai'
import { vi } from 'vitest'
import { aiSdkDriver } from '../../../src/ai-sdk/ai-sdk-driver.ts'
import { diceOf } from '../../simulation/dice.ts'
import { settled } from '../../unit/rpc/fake-clock.ts'
import { openChatTab } from '../chats/chat-tab.ts'
import { type ChatWorld, createChatWorld } from '../chats/chat-world.ts'
import { deliver, deliverAll, passTime } from '../chats/deliver.ts'
import { createKeptServer, type KeptAnswer } from './kept-server.ts'
import type { ToolAct } from './tool-acts.ts'

export type ToolTab = Awaited<ReturnType<typeof openToolTab>>
type Server = ReturnType<typeof createKeptServer>
/** How the app and its server are, of one history. */
type Habits = {
  readonly goesOn: 'at once' | 'later' | 'never'
  readonly answersAtOnce: boolean
  readonly endsStopped: boolean
  /** Two tabs may read one answer, and both write it. */
  readonly isShared: boolean
}
export type ToolStage = {
  readonly world: ChatWorld
  readonly server: Server
  readonly seats: { tab: ToolTab }[]
  readonly habits: Habits
  readonly problems: string[]
  /** Nobody does anything in the other tab. */
  readonly isAlone: boolean
  /** Answers were asked for again: branches are meant. */
  hasBranches: boolean
  hasReloaded: boolean
}

/** Plays a chat with tools in two tabs of one browser, brings it to rest and has it judged. */
export async function playTools(
  seed: string,
  acts: readonly ToolAct[],
  judge: (stage: ToolStage) => Promise<void>,
): Promise<void> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const world = createChatWorld()
  const dice = diceOf(seed, 'habits')
  const habits: Habits = {
    goesOn: dice.pick(['at once', 'at once', 'later', 'never']),
    answersAtOnce: dice.chance(0.3),
    endsStopped: dice.chance(0.5),
    isShared: dice.chance(0.3),
  }
  const stage: ToolStage = {
    ...{ world, server: createKeptServer(habits), seats: [], habits, problems: [] },
    ...{ isAlone: acts.every(({ tab }) => tab === 0), hasBranches: false, hasReloaded: false },
  }
  await world.signIn('anna')
  try {
    for (let index = 0; index < 2; index++) stage.seats.push({ tab: await openToolTab(stage) })
    await deliverAll(stage.seats)
    for (const act of acts) {
      const seat = stage.seats[act.tab]
      if (seat !== undefined) await perform(stage, seat, act)
      await settled()
    }
    await comeToRest(stage)
    await judge(stage)
  } finally {
    for (const { tab } of stage.seats) tab.close()
    await world.close()
    vi.useRealTimers()
  }
}

export async function openToolTab({ world, server, habits, problems }: ToolStage) {
  const transport = server.transport((messages) => {
    const question = messages.findLast(({ role }) => role === 'user')
    if (question !== undefined && !world.wasStored(question.id))
      problems.push(`the request of ${question.id} left before it was saved`)
  })
  const driver = aiSdkDriver<UIMessage>({
    transport,
    async sendAutomaticallyWhen(list) {
      if (habits.goesOn === 'later') await settled()
      return (
        habits.goesOn !== 'never' &&
        (lastAssistantMessageIsCompleteWithToolCalls(list) ||
          lastAssistantMessageIsCompleteWithApprovalResponses(list))
      )
    },
    onToolCall({ toolCall }) {
      if (habits.answersAtOnce) void answerTool(tab, toolCall.toolCallId, 'at once')
    },
  })
  const tab = await openChatTab(world, driver)
  return tab
}

const quietly = (act: Promise<unknown>): void => void act.catch(() => {}) // The session's state tells.

/** As `usePersistentChat` does. */
async function answerTool({ session }: ToolTab, toolCallId: string, output: string): Promise<void> {
  await session.chat.chat.addToolOutput({ tool: 'look', toolCallId, output })
  await session.save()
}

async function approve({ session }: ToolTab, id: string, approved: boolean): Promise<void> {
  await session.chat.chat.addToolApprovalResponse({ id, approved })
  await session.save()
}

async function perform(
  stage: ToolStage,
  seat: { tab: ToolTab },
  { kind, name, dice }: ToolAct,
): Promise<void> {
  const { world, server, habits } = stage
  const { tab } = seat
  const { session } = tab
  const { chat } = session
  const growing = server.growing()
  const answer = growing.length === 0 ? undefined : dice.pick(growing)
  if (kind === 'send') quietly(session.act(() => chat.sendMessage({ text: `question ${name}` })))
  if (kind === 'say' && answer !== undefined) say(server, answer, name)
  if (kind === 'callTool' && answer !== undefined) callTool(server, answer, name, dice.chance(0.3))
  if (kind === 'askApproval' && answer !== undefined) askApproval(server, answer, name)
  if (kind === 'finish' && answer !== undefined) finish(server, answer)
  if (kind === 'cut' && answer !== undefined) server.end(answer)
  if (kind === 'breakOff' && answer !== undefined) {
    server.breakOff(answer)
    await deliverAll(stage.seats) // Who reads the rest of it would write it at the same time.
  }
  if (kind === 'stop') {
    quietly(session.stop())
    await settled()
    if (habits.endsStopped) for (const each of growing) each.isOver ||= each.readers.size === 0
  }
  if (kind === 'resume') quietly(chat.chat.resumeStream())
  if (kind === 'regenerate' && chat.messages.length > 0) {
    stage.hasBranches = true
    quietly(session.regenerate({ messageId: dice.pick(chat.messages).id }))
  }
  const parts = chat.messages.flatMap((message) => message.parts).filter(isToolUIPart)
  const open = parts.filter(({ state }) => state === 'input-available')
  const asked = parts.flatMap((part) => (part.state === 'approval-requested' ? [part.approval.id] : []))
  if (kind === 'answerTool' && open.length > 0) quietly(answerTool(tab, dice.pick(open).toolCallId, name))
  if (kind === 'approve' && asked.length > 0) quietly(approve(tab, dice.pick(asked), dice.chance(0.7)))
  if (kind === 'goOn' && parts.some(({ state }) => state === 'approval-responded'))
    quietly(session.act(() => chat.sendMessage()))
  if (kind === 'reload') {
    stage.hasReloaded = true
    tab.close()
    seat.tab = await openToolTab(stage)
  }
  if (kind === 'passTime') await passTime(world, dice.chance(0.3) ? 20_000 : 400)
  if (kind === 'deliver') for (let times = 0; times < 4; times++) await deliver(tab, dice.below(20))
  if (kind === 'settle') await deliverAll(stage.seats)
}

function begin(server: Server, answer: KeptAnswer): void {
  if (answer.chunks.length === 0)
    server.push(answer, { type: 'start', messageId: answer.id }, { type: 'start-step' })
}

function say(server: Server, answer: KeptAnswer, name: string): void {
  begin(server, answer)
  const id = `text-${name}`
  server.push(
    answer,
    { type: 'text-start', id },
    { type: 'text-delta', id, delta: name },
    { type: 'text-end', id },
  )
}

function callTool(server: Server, answer: KeptAnswer, name: string, isAnswered: boolean): void {
  begin(server, answer)
  const call = { toolCallId: `call-${name}`, toolName: 'look', dynamic: true }
  server.push(
    answer,
    { type: 'tool-input-start', ...call },
    { type: 'tool-input-available', ...call, input: { name }, providerExecuted: isAnswered },
  )
  if (isAnswered)
    server.push(answer, {
      type: 'tool-output-available',
      ...call,
      output: `found ${name}`,
      providerExecuted: true,
    })
}

function askApproval(server: Server, answer: KeptAnswer, name: string): void {
  begin(server, answer)
  const toolCallId = `call-${name}`
  server.push(
    answer,
    { type: 'tool-input-available', toolCallId, toolName: 'look', dynamic: true, input: { name } },
    { type: 'tool-approval-request', toolCallId, approvalId: `approval-${name}` },
  )
}

function finish(server: Server, answer: KeptAnswer): void {
  if (answer.chunks.length === 0) say(server, answer, `all of ${answer.id}`)
  server.push(answer, { type: 'finish-step' }, { type: 'finish' })
  server.end(answer)
}

/** Answers end, and everything is heard. */
async function comeToRest(stage: ToolStage): Promise<void> {
  const { server, seats } = stage
  await deliverAll(seats)
  for (let [answer] = server.growing(); answer !== undefined; [answer] = server.growing()) {
    if (server.answers.length > 300) throw new Error('The chat goes on for ever.')
    finish(server, answer)
    await settled()
    await deliverAll(seats)
  }
  for (let round = 0; round < 4; round++) {
    await vi.advanceTimersByTimeAsync(400)
    await deliverAll(seats)
  }
}
