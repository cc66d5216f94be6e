import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Operation } from '../../src/domain/operation.ts'
import type { Network, NetworkRequest, NetworkResponse } from '../../src/ports/network.ts'
import type { Cloud } from './cloud.ts'
import type { Dice } from './dice.ts'
import type { FaultName } from './faults.ts'
import type { Obstacles } from './obstacles.ts'
import type { Store } from './store.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

/** Where a request comes from. */
export type Sender = {
  readonly name: string
  readonly store: Store
  /** By the device's clock. */
  now(): number
  isOnline(): boolean
  isAlive(): boolean
  /** Whose session the browser's cookies hold when the request leaves. */
  session(): string | null
}

/** What the ledger wants to know of the traffic. */
export type Traffic = {
  /** A request leaves a device. */
  sent(sender: Sender, request: NetworkRequest): void
  /** The server answered this request, in time or late. */
  served(sender: Sender, request: NetworkRequest, response: NetworkResponse, session: string | null): void
  /** A device hears this answer. */
  heard(sender: Sender, request: NetworkRequest, response: NetworkResponse): void
}

const OFFLINE = () => new ChatkeepError('sync/offline', 'No answer came.', { retryable: true })

/** The way from one process to the cloud, with everything that can happen on it. */
export function createNetwork(parts: {
  readonly world: World
  readonly cloud: Cloud
  readonly weather: Weather
  readonly sender: Sender
  readonly traffic: Traffic
  readonly obstacles: Obstacles
  readonly dice: Dice
}): Network {
  const { world, cloud, weather, sender, traffic, obstacles, dice } = parts

  let sentCount = 0
  /** The newest request that the cloud has seen. */
  let lastServed = 0

  const chance = (probability: number) => world.hasFaults && dice.chance(probability)
  const latency = () => dice.between(1, world.hasFaults ? weather.latencyMs : 5)

  async function serve(
    request: NetworkRequest,
    session: string | null,
    what: string,
    order: number,
  ): Promise<NetworkResponse | undefined> {
    if (world.hasFaults && order < lastServed) world.fired('reordered', sender.name)
    lastServed = Math.max(lastServed, order)
    try {
      const response = await cloud.handle(request, session)
      world.note(() => `cloud ${what} ${describe(request)} → ${response.status} ${summary(response)}`)
      traffic.served(sender, request, response, session)
      return response
    } catch (error) {
      world.note(() => `cloud ${what} ${describe(request)} → died`)
      if (!(error instanceof Error) || !error.message.includes('killed')) throw error
      world.fired('server-restarted')
      cloud.restart()
      return undefined
    }
  }

  /** Whether something on the way takes offence at an operation of this request, as it always will. */
  function isFiltered({ method, body }: NetworkRequest): boolean {
    const { filter } = weather
    const isFree = filter === null && obstacles.refused.size === 0
    if (!world.hasFaults || isFree || method !== 'POST' || body === undefined) return false
    const isRefused = (id: string) =>
      obstacles.refused.has(id) || (filter !== null && id.charCodeAt(3) % filter === 0)
    const posted = JSON.parse(body) as { conversations: readonly { operations: readonly Operation[] }[] }
    return posted.conversations.some(({ operations }) =>
      operations.some(({ kind, id }) => kind === 'set' && isRefused(id)),
    )
  }

  return {
    request: (request) =>
      new Promise((resolve, reject) => {
        if (!sender.isAlive()) return
        const session = sender.session()
        traffic.sent(sender, request)
        const order = ++sentCount
        const fail = () => world.after(latency(), () => sender.isAlive() && reject(OFFLINE()))
        const tell = (response: NetworkResponse) => {
          if (!sender.isAlive()) return
          if (!sender.isOnline()) return reject(OFFLINE())
          traffic.heard(sender, request, response)
          resolve(response)
        }
        world.note(() => `${sender.name} sends ${describe(request)}`)
        if (!sender.isOnline()) return void fail()
        if (chance(weather.strangeAnswer)) {
          const [fault, response] = strangeAnswer(dice, weather)
          return void world.after(latency(), () => {
            world.fired(fault, sender.name)
            tell(response)
          })
        }
        if (isFiltered(request)) {
          return void world.after(latency(), () => {
            world.fired('filtered', sender.name)
            tell(problem(413, 'sync/too-large'))
          })
        }
        if (chance(weather.requestLost)) {
          world.fired('request-lost', sender.name)
          if (dice.chance(0.7)) fail() // Else nobody ever hears of it, and the deadline ends the wait.
          return
        }
        if (chance(weather.duplicate)) {
          world.after(dice.between(1, 200_000), () => {
            world.fired('duplicate', sender.name)
            void serve(request, session, 'again', order)
          })
        }
        if (chance(weather.lateDelivery)) {
          world.after(dice.between(30_000, 900_000), () => {
            world.fired('late-delivery', sender.name)
            void serve(request, session, 'late', order)
          })
          if (dice.chance(0.5)) fail()
          return
        }
        const isAnswerLost = chance(weather.responseLost)
        const delayMs = latency()
        world.after(delayMs, async () => {
          const response = await serve(request, session, 'got', order)
          if (response === undefined) return void fail()
          if (isAnswerLost) {
            world.fired('response-lost', sender.name)
            if (dice.chance(0.7)) fail()
            return
          }
          world.after(latency() + obstacles.delayOf(request), () => tell(response))
        })
      }),
  }
}

function describe({ method, path, body }: NetworkRequest): string {
  if (body === undefined) return `${method} ${path}`
  return `${method} ${path} ${(body.match(/"id":"[^"]{22}"/g) ?? []).map((id) => id.slice(6, 12)).join(',')}`
}

function summary({ body }: NetworkResponse): string {
  return (body.match(/"id":"[^"]{22}"/g) ?? []).map((id) => id.slice(6, 12)).join(',')
}

const problem = (status: number, code: string, headers: Record<string, string> = {}): NetworkResponse => ({
  status,
  headers: { 'content-type': 'application/problem+json', ...headers },
  body: JSON.stringify({ title: code, status, code }),
})

function strangeAnswer(dice: Dice, { themes, plain }: Weather): [FaultName, NetworkResponse] {
  if (plain !== null && dice.chance(0.1)) return ['404', problem(404, 'not found')]
  const kind = dice.weighted({
    '5xx': 5,
    '429': themes.has('clocks') ? 20 : 3,
    '401': 2,
    '403': 2,
    '409': 2,
    '410': 2,
    '413': 2,
    page: 3,
  })
  switch (kind) {
    case '5xx':
      return ['5xx', problem(dice.pick([500, 502, 503, 504]), 'sync/server-error')]
    case '429': {
      const wait = dice.chance(0.7)
        ? { 'retry-after': String(dice.pick([1, 30, 600, 7_200, 31_536_000])) }
        : {}
      return ['429', problem(429, 'sync/too-many-requests', wait)]
    }
    case '401':
      return ['401', problem(401, 'sync/auth-required')]
    case '403':
      return ['403', problem(403, 'sync/rejected')]
    case '409':
      return ['409', problem(dice.pick([409, 412]), 'sync/rejected')]
    case '410':
      return ['410', problem(410, 'sync/gone')]
    case '413':
      return ['413', problem(413, 'sync/too-large')]
    case 'page': {
      const body = '<!doctype html><title>Sign in to this network</title>'
      return ['proxy-page', { status: 200, headers: { 'content-type': 'text/html' }, body }]
    }
  }
}
