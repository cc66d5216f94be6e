import { expect } from 'vitest'
import { createChatkeepServer } from '../../../../server/create-server.ts'
import { openStorage } from '../../../../server/storage/open-storage.ts'
import { ACCOUNT_HEADER } from '../../../../src/domain/account-header.ts'
import { API_BASE, CURSOR_ZERO } from '../../../../src/domain/wire.ts'
import type { NetworkRequest, NetworkResponse } from '../../../../src/ports/network.ts'
import { nodeHashing } from '../../../builders/engine.ts'
import { aDevice, type Device, type DeviceOptions } from './a-device.ts'

export const JANUARY = Date.UTC(2026, 0, 1)
type App = ReturnType<typeof createChatkeepServer>
const running: App[] = []

/** Ends every cloud of the test; call it after each. */
export async function closeFilledClouds(): Promise<void> {
  for (const app of running.splice(0)) await app.close()
}

/** The real cloud in this process. `asked` is what it was asked; `before` may stop or fail a request. */
export async function aFilledCloud() {
  const open = async () => {
    const app = createChatkeepServer({
      storage: await openStorage('sqlite::memory:'),
      authenticate: () => ({ accountId: 'anna' }),
      limits: { requestsPerMinute: 1_000_000 },
      now: () => JANUARY,
    })
    running.push(app)
    return app
  }
  let current = await open()
  const asked: string[] = []
  const cloud = {
    asked,
    before: async (_path: string): Promise<void> => {},
    /** Conversations of one page of the list, whatever is asked for. */
    listLimit: 1_000,
    replace: async () => {
      current = await open()
    },
    async request({ method, path, headers, body }: NetworkRequest): Promise<NetworkResponse> {
      asked.push(`${method} ${path}`)
      await cloud.before(path)
      const limited = path.replace('limit=1000', `limit=${cloud.listLimit}`)
      const url = `http://cloud.test${API_BASE}${limited}`
      const init = { method, headers: { ...headers }, ...(body === undefined ? {} : { body }) }
      const response = await current.app.request(url, init)
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await response.text(),
      }
    },
    /** Deletes a conversation for ever, as another device does. */
    async remove(id: string): Promise<void> {
      const path = `/conversations/${id}`
      const answer = await cloud.request({ method: 'DELETE', path, headers: { [ACCOUNT_HEADER]: 'anna' } })
      expect(answer.status, answer.body).toBe(204)
    },
    /** Conversations `c0` … with as many messages each, as another device left them; a higher number is newer. */
    async fill(count: number, messages = 1): Promise<void> {
      const operations = Array.from({ length: count * messages }, (_, index) => anOperation(index, messages))
      for (let start = 0; start < operations.length; start += 1_000)
        await post(cloud, operations.slice(start, start + 1_000))
      asked.splice(0)
    },
  }
  return cloud
}

async function post(
  cloud: { request(request: NetworkRequest): Promise<NetworkResponse> },
  operations: readonly ReturnType<typeof anOperation>[],
): Promise<void> {
  const conversations = operations.map((operation) => ({
    id: operation.conversationId,
    operations: [operation],
  }))
  const answer = await cloud.request({
    method: 'POST',
    path: '/conversations',
    headers: { [ACCOUNT_HEADER]: 'anna', 'Content-Type': 'application/json' },
    body: JSON.stringify({ projectId: 'p', cursor: CURSOR_ZERO, conversations }),
  })
  expect(answer.status, answer.body).toBe(200)
}

/** One more message of a conversation, now newer than all others, as another device writes it. */
export async function postTo(
  cloud: Awaited<ReturnType<typeof aFilledCloud>>,
  conversationId: `c${number}`,
  place: number,
): Promise<void> {
  const operation = operationAt(Number(conversationId.slice(1)), place, JANUARY + place)
  await post(cloud, [operation])
}

const anOperation = (index: number, messages: number) => {
  const conversation = Math.floor(index / messages)
  const place = index % messages
  return operationAt(conversation, place, JANUARY - 10_000_000 + conversation * 1_000 + place)
}

function operationAt(conversation: number, place: number, born: number) {
  const conversationId = `c${conversation}`
  const id = (at: number) => `${conversationId}-m${at}`
  return {
    kind: 'set',
    id: nodeHashing.hash(`operation ${conversationId} ${place}`),
    conversationId,
    register: `message:${id(place)}`,
    stamp: born,
    overwrites: [],
    value: {
      parentId: place === 0 ? null : id(place - 1),
      born,
      createdAt: born,
      status: 'complete',
      message: {
        id: id(place),
        role: 'user',
        parts: [{ type: 'text', text: `${conversationId} says ${place}` }],
      },
    },
  }
}

export async function aNewDevice(
  cloud: DeviceOptions['network'],
  options: Partial<DeviceOptions> = {},
): Promise<Device> {
  const device = await aDevice({ network: cloud, ...options })
  await device.database.write('relaxed', (unit) => unit.applyOperations('p', [])) // As a poke makes the project known.
  return device
}

export async function listed(device: Device) {
  const all: { readonly id: string; readonly absent?: true }[] = []
  let after: Parameters<typeof device.service.listConversations>[0]['after']
  do {
    const query = { projectId: 'p', limit: 500, ...(after === undefined ? {} : { after }) }
    const page = await device.service.listConversations(query)
    all.push(...page.conversations)
    after = page.next ?? undefined
  } while (after !== undefined)
  return all
}

export const absentIn = async (device: Device) =>
  (await listed(device)).filter(({ absent }) => absent === true).length
/** Lets through the list, the delta and so many further requests for conversations; then the network is gone. */
export const stopAfter = (cloud: Awaited<ReturnType<typeof aFilledCloud>>, requests: number) => {
  cloud.before = async (path) => {
    const count = cloud.asked.filter((asked) => asked.includes(' /conversations')).length
    if (path.startsWith('/conversations') && count > requests) throw new Error('the network is gone')
  }
}
