import { expect } from 'vitest'
import { isPresent } from '../../../src/domain/message.ts'
import { CONVERSATION } from '../chats/chat-tab.ts'
import { deliverAll, passTime } from '../chats/deliver.ts'
import { openToolTab, type ToolStage, type ToolTab } from './play-tools.ts'

/** At rest: nothing grows, nothing is there twice, and what a tab shows is what it will show after a reload. */
export async function judgeTools(stage: ToolStage): Promise<void> {
  const { world, seats, isAlone, problems, hasBranches, hasReloaded } = stage
  expect(problems).toEqual([])
  for (const { tab } of seats)
    expect(tab.session.getState().status, 'nobody asks').not.toMatch(/ing|submitted/)
  // What a page that is gone has left is recovered in time; nobody else may leave anything.
  if (!hasReloaded) expect(world.drafts(), 'no draft is left over').toEqual([])
  for (let round = 0; round < 3; round++) {
    await passTime(world, 20_000)
    await deliverAll(seats)
  }
  expect(world.drafts(), 'no draft is left over').toEqual([])
  // Stopped in one tab and gone on with in another, an answer has two.
  for (const { id, heads } of world.records()) if (isAlone) expect(heads.length, `versions of ${id}`).toBe(1)
  const questions = world
    .records()
    .flatMap(({ heads }) => heads)
    .flatMap(({ value }) =>
      isPresent(value) && value.message.role === 'user' ? [JSON.stringify(value.message.parts)] : [],
    )
  expect(new Set(questions).size, 'each question once').toBe(questions.length)
  for (const { tab } of seats) await judgeTab(stage, tab)
  if (hasBranches) return
  const parents = world.records().map(({ parentId }) => parentId)
  expect(new Set(parents).size, 'nothing branched').toBe(parents.length)
  const fresh = await openToolTab(stage)
  stage.seats.push({ tab: fresh })
  await deliverAll(stage.seats)
  const { messages } = fresh.session.chat
  for (const { tab } of seats)
    expect(messages, 'what a reload shows').toEqual(tab.session.chat.messages.slice(-messages.length))
}

async function judgeTab({ world }: ToolStage, { session }: ToolTab): Promise<void> {
  const { messages, envelopesById, saveError, restoreError } = session.getState()
  expect({ saveError, restoreError }).toEqual({ saveError: null, restoreError: null })
  const ids = messages.map(({ id }) => id)
  expect(new Set(ids).size, 'each message once').toBe(ids.length)
  const last = envelopesById.get(ids.at(-1) ?? '')
  expect(last === undefined, 'what is last is stored').toBe(ids.length === 0)
  if (last === undefined) return
  const page = await world.load({ conversationId: CONVERSATION, leafId: last.id, limit: 0 })
  const stored = page.messages.map(({ message }) => message)
  expect(messages, 'what is on screen is what is stored').toEqual(stored.slice(-messages.length))
}
