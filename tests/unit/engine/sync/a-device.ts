import type { MutationId } from '../../../../src/domain/ids.ts'
import type { Operation } from '../../../../src/domain/operation.ts'
import type { ConversationService } from '../../../../src/domain/service.ts'
import type { WakeReason } from '../../../../src/domain/sync-status.ts'
import { createEngine } from '../../../../src/engine/engine.ts'
import { openDatabase } from '../../../../src/engine/open-database.ts'
import { createSync } from '../../../../src/engine/sync/sync.ts'
import type { Disk } from '../../../../src/ports/disk.ts'
import type { Network, NetworkRequest, NetworkResponse } from '../../../../src/ports/network.ts'
import type { OutboxRecord } from '../../../../src/ports/records/outbox.ts'
import type { SpaceSync } from '../../../../src/ports/records/sync.ts'
import type { StorageFactory } from '../../../../src/ports/storage.ts'
import { createMemoryStorage } from '../../../../src/storage/memory.ts'
import { aClock, aMessage, anEventBus, aRandom, nodeHashing, someLocks } from '../../../builders/engine.ts'

type Answerer = { request(request: NetworkRequest): Promise<NetworkResponse> }
/** What becomes of one request; absent parts happen as usual. */
export type Fault =
  | { readonly answer: NetworkResponse }
  | 'request-lost'
  /** The server does it, the answer never comes. */
  | 'answer-lost'
  | ((request: NetworkRequest, pass: () => Promise<NetworkResponse>) => Promise<NetworkResponse>)

/** A network whose next requests can be made to fail; `requests` is what was sent. */
export function aNetwork(cloud: Answerer) {
  const faults: Fault[] = []
  const requests: NetworkRequest[] = []
  const directoryRequests: NetworkRequest[] = []
  const listRequests: NetworkRequest[] = []
  return {
    requests,
    /** What a new device asks for a project's list; planned faults do not touch it. */
    listRequests,
    /** Questions for the account's projects; planned faults do not touch them. */
    directoryRequests,
    /** The following requests go like this, one after the other; then all is well again. */
    next: (...planned: Fault[]) => void faults.push(...planned),
    /** No planned fault is left. */
    heal: () => void faults.splice(0),
    posts: () => requests.filter(({ method }) => method === 'POST'),
    async request(request: NetworkRequest): Promise<NetworkResponse> {
      if (isList(request)) {
        listRequests.push(request)
        return cloud.request(request)
      }
      if (request.path === '/projects') {
        directoryRequests.push(request)
        return cloud.request(request)
      }
      requests.push(request)
      const fault = faults.shift()
      if (fault === undefined) return cloud.request(request)
      if (typeof fault === 'function') return fault(request, () => cloud.request(request))
      if (fault === 'request-lost') throw new Error('socket hang up')
      if (fault === 'answer-lost') {
        await cloud.request(request)
        throw new Error('socket hang up')
      }
      return fault.answer
    },
  }
}

const isList = ({ method, path }: NetworkRequest) =>
  method === 'GET' && path.startsWith('/conversations?') && !path.includes('cursor=')

export type DeviceOptions = {
  readonly network: Network | null
  readonly storage?: StorageFactory
  readonly clock?: ReturnType<typeof aClock>
  readonly locks?: ReturnType<typeof someLocks>
  readonly name?: string
  readonly seed?: number
  readonly accountId?: string | null
  /** The cloud has only the requirement's endpoints. */
  readonly isPlain?: boolean
  readonly disk?: Disk
  /** Uniform in [0, 1), for waits. */
  readonly randomNumber?: () => number
}

/** A whole device: the real engine and its sync on memory storage. `storage` may be shared to play a restart. */
export async function aDevice(options: DeviceOptions) {
  const { network, accountId = 'anna', seed = 1, name = 'device', isPlain = false } = options
  const storage = options.storage ?? createMemoryStorage()
  const clock = options.clock ?? aClock()
  const locks = options.locks ?? someLocks()
  const repeatable = aRandom(seed)
  const random = { ...repeatable, number: options.randomNumber ?? repeatable.number }
  const events = anEventBus()
  const ports = { clock, random, hashing: nodeHashing, events }
  const database = await openDatabase({
    ...ports,
    storage: await storage.open(name),
    hasCloud: () => network !== null,
  })
  const disk = options.disk === undefined ? {} : { disk: options.disk }
  const sync = createSync({ ...ports, ...disk, locks, database, network, accountId, isPlain })
  const engine = createEngine({ ...disk, database, sync, clock, locks })
  const service = new Proxy({} as ConversationService, {
    get: (_target, method: string) => (argument: unknown) => engine.call(method, argument),
  })
  let mutations = 0
  const mutation = () => `mutation-${name}-${seed}-${String(++mutations).padStart(4, '0')}` as MutationId

  return {
    ...{ storage, clock, locks, random, events, database, sync, engine, service, mutation },
    /** Appends messages to a conversation, each in a mutation of its own. Answers the last mutation's id. */
    async say(conversationId: string, ...texts: readonly string[]): Promise<MutationId> {
      let mutationId = '' as MutationId
      for (const text of texts) {
        mutationId = mutation()
        const messages = [aMessage(`${name}-${conversationId}-${text.slice(0, 40)}`, text)]
        await service.appendMessages({ mutationId, projectId: 'p', conversationId, messages })
      }
      return mutationId
    },
    drain: (reason: WakeReason = 'visible') => sync.drain(reason),
    outbox: (): Promise<OutboxRecord[]> => database.read(['outbox'], (tx) => tx.scan('outbox')),
    async queued(): Promise<readonly Operation[]> {
      const rows = await database.read(['outbox'], (tx) => tx.scan('outbox'))
      return rows.flatMap((row) => row.operations)
    },
    async space(projectId = 'p'): Promise<SpaceSync> {
      const record = await database.read(['sync_metadata'], (tx) => tx.get('sync_metadata', `s:${projectId}`))
      if (record?.kind !== 'space') throw new Error(`no space for ${projectId}`)
      return record
    },
    async changeSpace(change: Partial<SpaceSync>, projectId = 'p'): Promise<void> {
      const key = `s:${projectId}`
      await database.write('relaxed', async ({ tx }) => {
        const record = await tx.get('sync_metadata', key)
        if (record?.kind === 'space') await tx.put('sync_metadata', { ...record, ...change })
      })
    },
    /** Texts of the open branch of a conversation. */
    async texts(conversationId: string): Promise<readonly string[]> {
      const { messages } = await service.loadMessages({ conversationId, limit: 0 })
      return messages.map(({ message }) => (message.parts as { text: string }[])[0]?.text ?? '')
    },
    texted: (operations: readonly Operation[]): readonly string[] => operations.flatMap(textOf),
  }
}
export type Device = Awaited<ReturnType<typeof aDevice>>

/** The text that an operation writes, if it writes a message. */
export function textOf(operation: Operation): string[] {
  if (operation.kind !== 'set' || !operation.register.startsWith('message:')) return []
  const { message } = operation.value as { message?: { parts: { text: string }[] } }
  return message?.parts[0]?.text === undefined ? [] : [message.parts[0].text]
}

/** A device and its cloud. */
export async function aPair(cloud: Answerer, options: Omit<DeviceOptions, 'network'> = {}) {
  const network = aNetwork(cloud)
  return { network, device: await aDevice({ ...options, network }) }
}
