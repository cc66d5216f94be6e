import { afterEach, expect, test } from 'vitest'
import type { NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import { aMessage } from '../builders/engine.ts'
import { mangle } from '../builders/mangle.ts'
import { type Dice, diceOf } from '../simulation/dice.ts'
import { aDevice, type Device } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

const RUNS = Number(process.env.MANGLED_RUNS ?? 25)
const FROM = Number(process.env.MANGLED_FROM ?? 1)

/** What somebody on the way, or a cloud of another version, makes of an answer. */
function mangled(answer: NetworkResponse, dice: Dice): NetworkResponse {
  const body = () => {
    try {
      return JSON.stringify(mangle(JSON.parse(answer.body), dice)) ?? 'undefined'
    } catch {
      return answer.body
    }
  }
  const kind = dice.weighted({ body: 8, cut: 1, status: 1, headers: 1, empty: 1 })
  if (kind === 'body') return { ...answer, body: body() }
  if (kind === 'cut') return { ...answer, body: answer.body.slice(0, dice.below(answer.body.length + 1)) }
  if (kind === 'status')
    return { ...answer, status: dice.pick([0, 100, 200, 201, 204, 206, 301, 304, 402, 418, 451, 599, 999]) }
  if (kind === 'empty') return { ...answer, body: '' }
  const name = dice.pick(['etag', 'retry-after', 'content-type', 'x-chatkeep-account', 'date'])
  return {
    ...answer,
    headers: {
      ...answer.headers,
      [name]: dice.pick(['', '-1', '1e99', 'NaN', '5', '"', 'W/"x"', 'text/html']),
    },
  }
}

async function live(device: Device, dice: Dice): Promise<void> {
  const conversationId = dice.pick(['c', 'd', 'e'])
  const command = { mutationId: device.mutation(), conversationId }
  const kind = dice.weighted({ say: 5, rename: 1, tag: 1, edit: 1, trash: 1, restore: 1, remove: 1 })
  const { messages } = await device.service.loadMessages({ conversationId, limit: 0 })
  const id = messages.length === 0 ? 'none' : dice.pick(messages).message.id
  const call = {
    say: [
      'appendMessages',
      {
        ...command,
        projectId: 'p',
        messages: [aMessage(`${command.mutationId}`, `said ${dice.below(1_000)}`)],
      },
    ],
    rename: ['renameConversation', { ...command, title: `title ${dice.below(100)}` }],
    tag: ['setTag', { ...command, tag: 't', present: dice.chance(0.5) }],
    edit: ['editMessage', { ...command, message: aMessage(id, `edited ${dice.below(100)}`) }],
    trash: ['trashConversation', command],
    restore: ['restoreConversation', command],
    remove: ['removeMessage', { ...command, messageId: id }],
  } as const
  const [method, argument] = call[kind]
  await device.engine.call(method, argument).catch((error: { code?: string }) => {
    if (!/^(input|sync)\//.test(error.code ?? '')) throw error
  })
}

const idsOf = (operations: readonly { readonly id: string; readonly kind: string }[]) =>
  operations.map(({ id }) => id).sort()

test(
  'whatever a cloud answers, nothing that was saved is lost, and all is well when it answers rightly again',
  async () => {
    for (let run = FROM; run < FROM + RUNS; run++) {
      const dice = diceOf('mangled answers', run)
      const cloud = await aRealCloud()
      let isMangling = false
      const answers: string[] = []
      const network = {
        ...cloud,
        async request(request: NetworkRequest): Promise<NetworkResponse> {
          const honest = await cloud.request(request)
          if (!isMangling || dice.chance(0.4)) return honest
          const answer = mangled(honest, dice)
          answers.push(
            `${request.method} ${request.path}: ${answer.status} ${JSON.stringify(answer.headers)} ${answer.body}`,
          )
          return answer
        },
      }
      const device = await aDevice({ network, seed: run })
      const other = await aDevice({ network: cloud, name: 'other', seed: run + 1_000_000 })
      const written = new Set<string>()
      const settle = async (one: Device, rounds: number) => {
        for (let round = 0; round < rounds; round++) {
          one.clock.advance(3_600_000)
          for (const { sequence } of await one.service.listQuarantined({}))
            await one.service.retryQuarantined({ sequence })
          await one.engine.wake('online')
        }
      }
      for (let step = 0; step < 30; step++) {
        isMangling = step > 3
        await live(device, dice)
        for (const { id } of await device.queued()) written.add(id)
        if (dice.chance(0.4)) {
          await live(other, dice)
          await other.engine.wake('visible')
        }
        device.clock.advance(dice.between(1, 400_000))
        if (dice.chance(0.7)) await device.engine.wake(dice.pick(['timer', 'online', 'visible', 'signed-in']))
        const { lastError } = await device.service.status({})
        const told = `run ${run}: ${JSON.stringify(lastError)} ${process.env.TELL ? answers.join('\n') : ''}`
        expect(lastError?.code ?? '', told).not.toBe('internal')
      }
      isMangling = false
      await settle(device, 6)
      await settle(other, 2)
      await settle(device, 2)
      const told = `run ${run}: ${process.env.TELL ? answers.join('\n') : ''}`
      const status = await device.service.status({})
      expect([status.pendingCount, status.quarantinedCount, status.lastError], told).toEqual([0, 0, null])
      const { operations, purges } = await cloud.shown()
      const there = new Set([...idsOf(operations as never), ...purges.map(({ id }) => id)])
      expect(
        [...written].filter((id) => !there.has(id)),
        told,
      ).toEqual([])
      // What a lying cloud made of the others' messages stays what it said; all of it can be read.
      const { conversations } = await device.service.listConversations({ projectId: 'p' })
      for (const { id } of conversations) await device.service.loadMessages({ conversationId: id, limit: 0 })
      await closeClouds()
    }
  },
  RUNS * 2_000,
)
