import { afterEach, expect, test } from 'vitest'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { nodeHashing } from '../builders/engine.ts'
import { mangle } from '../builders/mangle.ts'
import { type Dice, diceOf } from '../simulation/dice.ts'
import { aDevice, type Device } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

const RUNS = Number(process.env.MANGLED_RUNS ?? 25)
const FROM = Number(process.env.MANGLED_FROM ?? 1)

const NO_TITLE = 'New conversation'

const message = (id: string, text: string) => ({
  message: {
    id,
    role: 'user',
    parts: [
      { type: 'text', text },
      {
        type: 'tool-search',
        toolCallId: 't',
        state: 'output-available',
        input: { q: [1, null] },
        output: 'x',
      },
      { type: 'file', mediaType: 'text/plain', url: 'data:text/plain;base64,aGFsbG8=' },
    ],
    metadata: { a: { b: 1 } },
  },
  status: 'complete',
  createdAt: 1_700_000_000_000,
  model: { providerId: 'p', modelId: 'm' },
})

const aTitle = (mutationId: string, conversationId: string) => ({
  ...{ kind: 'set', id: nodeHashing.hash(mutationId), conversationId, register: 'title' },
  ...{ stamp: 1_700_000_000_000, overwrites: [], value: 'A title from elsewhere' },
})

/** A call as a page would make it. */
function aCall(dice: Dice, mutationId: string): readonly [string, Record<string, unknown>] {
  const conversationId = dice.pick(['c', 'd', 'imported-1'])
  const command = { mutationId, conversationId }
  const projectId = dice.pick(['p', 'q'])
  const messageId = `m${dice.between(1, 6)}`
  const one = message(messageId, `text ${dice.below(100)}`)
  const calls: readonly (readonly [string, Record<string, unknown>])[] = [
    [
      'appendMessages',
      { ...command, projectId: 'p', messages: [message(`m${dice.between(1, 30)}`, 'said')] },
    ],
    ['saveMessages', { ...command, projectId: 'p', messages: [one, message('m9', 'nine')] }],
    ['createConversation', { ...command, projectId, title: 'A title', tags: ['t', 'u'] }],
    [
      'importConversations',
      {
        mutationId,
        projectId,
        conversations: [
          { id: 'imported-1', title: 'An old one', tags: ['x'], messages: [one, message('m7', 'seven')] },
          {
            id: 'imported-2',
            messages: [
              { ...one, parentId: null },
              { ...message('m8', 'eight'), parentId: messageId },
            ],
          },
        ],
      },
    ],
    ['editMessage', { ...command, messageId, message: one }],
    ['removeMessage', { ...command, messageId }],
    ['renameConversation', { ...command, title: 'Another title' }],
    ['setTag', { ...command, tag: 'tag', present: true }],
    ['setPinned', { ...command, value: true }],
    ['setArchived', { ...command, value: true }],
    ['trashConversation', command],
    ['restoreConversation', command],
    ['selectLeaf', { ...command, messageId }],
    ['checkpointDraft', { projectId: 'p', conversationId, attemptId: 'a', owner: 'o', message: one.message }],
    ['finishDraft', { ...command, projectId: 'p', attemptId: 'a', owner: 'o', message: one }],
    ['saveComposer', { projectId, conversationId, text: 'unsent' }],
    ['loadMessages', { conversationId, limit: 3, before: { id: messageId, born: 5 } }],
    ['listConversations', { projectId, limit: 2, shelves: ['open'] }],
    ['setSetting', { name: 'n', value: { a: [1] } }],
    ['setRetention', { projectId: 'q', policy: { archiveAfterDays: 3, trashAfterDays: null } }],
    ['changeSyncSettings', { intervalMs: 60_000 }],
    [
      'absorbOperations',
      {
        mutationId,
        conversations: [{ conversationId, projectId: 'p', operations: [aTitle(mutationId, conversationId)] }],
      },
    ],
    ['retryQuarantined', { sequence: 1 }],
    ['readOperations', { after: 'c' }],
    ['syncProject', { projectId }],
  ]
  return dice.pick(calls)
}

async function view({ service }: Device) {
  const { projects } = await service.listProjects({})
  const shelves = ['pinned', 'open', 'archived', 'trashed'] as const
  const lists = await Promise.all(
    projects.map((projectId) => service.listConversations({ projectId, shelves: [...shelves], limit: 100 })),
  )
  const listed = lists.flatMap(({ conversations }) => conversations)
  const views = await Promise.all(
    listed.map(async ({ id, title, tags, archived, pinned, trashed }) => ({
      ...{ id, title, tags, archived, pinned, trashed },
      messages: (await service.loadMessages({ conversationId: id, limit: 0 })).messages.map(
        ({ message, status, createdAt }) => ({ message, status, createdAt }),
      ),
    })),
  )
  // One that nothing was ever written to is of this device alone.
  return views.filter(({ messages, title, tags }) => messages.length + tags.length > 0 || title !== NO_TITLE)
}

test(
  'whatever a page calls with, it is refused with a code or kept, and what is kept reaches the cloud and every device',
  async () => {
    for (let run = FROM; run < FROM + RUNS; run++) {
      const dice = diceOf('mangled arguments', run)
      const cloud = await aRealCloud()
      const device = await aDevice({ network: cloud, seed: run })
      const calls: unknown[] = []
      for (let step = 0; step < 40; step++) {
        const [method, honest] = aCall(dice, device.mutation())
        const argument = dice.chance(0.5) ? mangle(honest, dice) : honest
        calls.push([method, argument])
        const refusal = await device.engine.call(method, argument).catch((error: unknown) => error)
        if (!(refusal instanceof Error)) continue
        const code = refusal instanceof ChatkeepError ? refusal.code : `${refusal.stack}`
        expect(code, `run ${run}: ${method} ${JSON.stringify(argument)}`).toMatch(
          /^(input\/(invalid|not-found|too-large)|sync\/)/,
        )
      }
      const told = `run ${run}: ${process.env.TELL ? JSON.stringify(calls) : ''}`
      await device.service.changeSyncSettings({ enabled: true, intervalMs: null })
      device.clock.advance(60_000) // A draft whose page went away is recovered.
      for (let round = 0; round < 4; round++) await device.engine.wake('visible')
      const status = await device.service.status({})
      expect([status.state, status.pendingCount, status.lastError], told).toEqual(['idle', 0, null])
      const other = await aDevice({ network: cloud, name: 'other', seed: run + 1_000 })
      for (const reason of ['signed-in', 'visible', 'visible', 'visible'] as const)
        await other.engine.wake(reason)
      expect((await other.service.status({})).lastError, told).toBeNull()
      expect(await view(other), told).toEqual(await view(device))
      await closeClouds()
    }
  },
  RUNS * 2_000,
)
