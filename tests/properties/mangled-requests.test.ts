import { afterEach, expect, test } from 'vitest'
import type { NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import { aMessage } from '../builders/engine.ts'
import { mangle } from '../builders/mangle.ts'
import { type Dice, diceOf } from '../simulation/dice.ts'
import { aDevice } from '../unit/engine/sync/a-device.ts'
import { aRealCloud, closeClouds } from '../unit/engine/sync/a-real-cloud.ts'

afterEach(closeClouds)

const RUNS = Number(process.env.MANGLED_RUNS ?? 25)
const FROM = Number(process.env.MANGLED_FROM ?? 1)

/** What a client of another version, a curious person or a broken proxy sends instead. */
function mangled(request: NetworkRequest, dice: Dice): NetworkRequest {
  const { body, path, headers } = request
  const kind = dice.weighted({ body: body === undefined ? 0 : 12, path: 3, header: 1, method: 1 })
  if (kind === 'body')
    return { ...request, body: JSON.stringify(mangle(JSON.parse(body ?? 'null'), dice)) ?? '' }
  if (kind === 'method')
    return { ...withoutBody(request), method: dice.pick(['GET', 'DELETE']) as NetworkRequest['method'] }
  if (kind === 'header') {
    const name = dice.pick(Object.keys(headers ?? {}).concat('If-Match', 'If-None-Match', 'Idempotency-Key'))
    return {
      ...request,
      headers: { ...headers, [name]: dice.pick(['', 'x', '"', 'W/"a"', '*', '0', 'application/xml', 'é']) },
    }
  }
  const [at, odd] = [
    dice.below(path.length) + 1,
    ['%', '%00', '%ED%A0%80', '&', '=', '/', '..', '?', '🙂', 'x', '-1', ''],
  ]
  return { ...request, path: path.slice(0, at) + dice.pick(odd) + path.slice(at + dice.below(3)) }
}

/** A conversation's id is one in all projects of an account; a device shows a second place of it or not. */
const isElsewhere = (body = '') => /"projectId":(?!"p")/.test(body)

function withoutBody({ body: _, ...rest }: NetworkRequest): NetworkRequest {
  return rest
}

/** What a plain client would send. */
function aPlainRequest(dice: Dice): NetworkRequest {
  const headers = { 'Content-Type': 'application/json' }
  const message = {
    ...aMessage(`plain-${dice.below(9)}`, 'plain').message,
    metadata: { createdAt: 1_700_000_000_000 },
  }
  const whole = { id: dice.pick(['c', 'plain']), projectId: 'p', title: 'A title', messages: [message] }
  const requests: readonly NetworkRequest[] = [
    { method: 'POST', path: '/conversations', headers, body: JSON.stringify(whole) },
    {
      method: 'PUT' as NetworkRequest['method'],
      path: `/conversations/${whole.id}`,
      headers,
      body: JSON.stringify(whole),
    },
    { method: 'GET', path: '/conversations/c?limit=2', headers },
    { method: 'GET', path: '/conversations?projectId=p&limit=2&trashed=include', headers },
    { method: 'DELETE' as NetworkRequest['method'], path: '/conversations/plain', headers },
    { method: 'GET', path: '/projects', headers },
  ]
  return dice.pick(requests)
}

test(
  'whatever is sent to the cloud, it answers in order, and what it took harms no device',
  async () => {
    for (let run = FROM; run < FROM + RUNS; run++) {
      const dice = diceOf('mangled requests', run)
      const cloud = await aRealCloud()
      const sent: NetworkRequest[] = []
      const network = {
        ...cloud,
        async request(request: NetworkRequest): Promise<NetworkResponse> {
          sent.push(request)
          return cloud.request(request)
        },
      }
      const device = await aDevice({ network, seed: run })
      const told: string[] = []
      const tell = () => `run ${run}: ${process.env.TELL ? told.join('\n') : told.at(-1)}`
      for (let step = 0; step < 25; step++) {
        const conversationId = dice.pick(['c', 'd'])
        await device.say(conversationId, `said ${step}`)
        const command = { mutationId: device.mutation(), conversationId }
        if (dice.chance(0.2)) await device.service.renameConversation({ ...command, title: `title ${step}` })
        if (dice.chance(0.1)) await device.service.trashConversation(command)
        if (dice.chance(0.1)) await device.service.purgeConversation(command).catch(() => {})
        await device.engine.wake('visible')
        for (let times = 0; times < 4; times++) {
          const honest = dice.chance(0.3) ? aPlainRequest(dice) : dice.pick(sent)
          const request = mangled(honest, dice)
          if (isElsewhere(request.body)) continue
          told.push(
            `${request.method} ${request.path} ${JSON.stringify(request.headers)} ${request.body ?? ''}`,
          )
          const answer = await cloud.request(request)
          told.push(`${answer.status} ${answer.body.slice(0, 300)}`)
          expect(answer.status, tell()).toBeLessThan(500)
          if (answer.status < 400) continue
          expect(answer.headers['content-type'], tell()).toContain('application/problem+json')
          expect(JSON.parse(answer.body).code, tell()).toMatch(/^(input|sync|account)\//)
        }
      }
      const devices = [device, await aDevice({ network: cloud, name: 'other', seed: run + 1_000_000 })]
      for (const one of devices) {
        for (let round = 0; round < 4; round++) await one.engine.wake('visible')
        const { lastError, pendingCount, quarantinedCount } = await one.service.status({})
        expect([lastError, pendingCount, quarantinedCount], tell()).toEqual([null, 0, 0])
      }
      const [mine, theirs] = await Promise.all(
        devices.map(async ({ service }) => {
          const shelves = ['pinned', 'open', 'archived', 'trashed'] as const
          const { conversations } = await service.listConversations({ projectId: 'p', shelves: [...shelves] })
          return Promise.all(
            conversations.map(async ({ id, title }) => {
              const { messages } = await service.loadMessages({ conversationId: id, limit: 0 })
              return { id, title, messages: messages.map(({ message }) => message) }
            }),
          )
        }),
      )
      expect(theirs, tell()).toEqual(mine)
      await closeClouds()
    }
  },
  RUNS * 2_000,
)
