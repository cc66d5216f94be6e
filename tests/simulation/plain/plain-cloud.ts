import type { NetworkRequest, NetworkResponse } from '../../../src/ports/network.ts'
import { aPlainServer, type Document, type PlainServer } from '../../builders/plain-server.ts'
import type { Cloud } from '../cloud.ts'
import type { World } from '../world.ts'
import { told } from './telling.ts'

/** Somebody else's server in the place of ours: the requirement's four endpoints over documents, for each account. */
export type PlainCloud = Cloud & {
  readonly hasEtags: boolean
  server(account: string): PlainServer
  /** What other clients were told is written, and what the server did not lose itself: `account conversation message`. */
  readonly written: Set<string>
  /** Conversations that another client deleted: `account conversation`. */
  readonly deleted: Set<string>
  /** Unfinished answers that another client wrote without our key, by what they say: nothing on the server calls them unfinished. */
  readonly unmarked: Set<string>
  /** What other clients wrote into messages, by message. */
  readonly texts: Map<string, Set<string>>
}

type Backup = ReadonlyMap<string, readonly Document[]>

const answer = (status: number, error: string): NetworkResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ error }),
})

const idIn = ({ path, body }: NetworkRequest): string =>
  body === undefined ? path.slice('/conversations/'.length) : (JSON.parse(body) as Document).id

export function createPlainCloud(world: World, hasEtags: boolean): PlainCloud {
  const servers = new Map<string, PlainServer>()
  const backups: Backup[] = []
  const written = new Set<string>()
  let writesLeft = Number.POSITIVE_INFINITY

  function server(account: string): PlainServer {
    const known = servers.get(account) ?? aPlainServer({ hasEtags })
    servers.set(account, known)
    return known
  }

  /** What stands there now, in the trace. */
  function noteDocument(account: string, id: string, headers: NetworkRequest['headers']): void {
    const guard = headers?.['If-Match'] ?? headers?.['If-None-Match'] ?? ''
    world.note(() => `${account} ${id} ${guard} is ${told(server(account).document(id))}`)
  }

  const documentsOf = (one: PlainServer) => one.ids().flatMap((id) => one.document(id) ?? [])

  return {
    hasEtags,
    server,
    written,
    deleted: new Set(),
    unmarked: new Set(),
    texts: new Map(),
    async handle(request: NetworkRequest, accountId) {
      if (accountId === null) return answer(401, 'sign in')
      if (request.headers?.['X-Chatkeep-Account'] !== accountId) return answer(401, 'somebody else')
      const isWrite = request.method !== 'GET'
      if (isWrite) writesLeft -= 1
      const isDying = writesLeft < 0
      if (isDying) writesLeft = Number.POSITIVE_INFINITY
      if (isDying && world.now() % 2 === 0) throw new Error('The server was killed.')
      const response = server(accountId).handle(request)
      if (isWrite) noteDocument(accountId, idIn(request), request.headers)
      if (isDying) throw new Error('The server was killed.')
      return {
        ...response,
        headers: { ...response.headers, date: new Date(world.now()).toUTCString() },
      }
    },
    async backUp() {
      backups.push(new Map([...servers].map(([account, one]) => [account, documentsOf(one)])))
      if (backups.length > 3) backups.shift()
    },
    hasBackup: () => backups.length > 0,
    async restore(index) {
      const backup = backups.at(index < 0 ? index : index % backups.length)
      if (backup === undefined) return
      for (const [account, one] of servers) {
        const before = backup.get(account) ?? []
        for (const id of one.ids()) one.remove(id)
        for (const document of before) one.put(document)
        const held = new Set(
          before.flatMap(({ id, messages }) => messages.map((m) => `${account} ${id} ${m.id}`)),
        )
        for (const key of [...written])
          if (key.startsWith(`${account} `) && !held.has(key)) written.delete(key)
      }
    },
    restart() {},
    async compact() {},
    dieAfter(statements) {
      writesLeft = Math.ceil(statements / 5)
    },
    rows: async () => [],
    close: async () => {},
  }
}
