import type { Operation } from '../../../../src/domain/operation.ts'
import type { PostBody } from '../../../../src/domain/wire.ts'
import type { NetworkRequest, NetworkResponse } from '../../../../src/ports/network.ts'

type Row = { readonly seq: number; readonly operation: Operation; readonly digest: number; isLive: boolean }
type Space = { readonly epoch: string; readonly log: Row[]; readonly purged: Set<string> }

/** The cloud of protocol.md sections 2 and 3 in memory, small enough to be believed. Spaces are made when they are named. */
export function createCloudDouble(
  options: { readonly accountId?: string; readonly pageLimit?: number } = {},
) {
  const { accountId = 'anna', pageLimit = Number.POSITIVE_INFINITY } = options
  const spaces = new Map<string, Space>()
  const snapshots: Map<string, Space>[] = []
  let epochs = 0

  const spaceOf = (projectId: string): Space => {
    const known = spaces.get(projectId)
    if (known !== undefined) return known
    const made: Space = { epoch: `e${++epochs}`, log: [], purged: new Set() }
    spaces.set(projectId, made)
    return made
  }
  const cursorAt = (space: Space, seq: number) =>
    seq === 0 ? '0' : `${space.epoch}.${seq}.${space.log[seq - 1]?.digest}`
  const seqOf = (space: Space, cursor: string): number | null => {
    if (cursor === '0') return 0
    const [epoch, seq, digest] = cursor.split('.')
    const row = space.log[Number(seq) - 1]
    return epoch === space.epoch && row !== undefined && String(row.digest) === digest ? Number(seq) : null
  }
  const liveRow = (space: Space, id: string) => space.log.find((row) => row.isLive && row.operation.id === id)

  function append(space: Space, operation: Operation): void {
    let digest = (space.log.at(-1)?.digest ?? 7) * 31
    for (const char of JSON.stringify(operation)) digest = (digest * 33 + char.charCodeAt(0)) % 2 ** 32
    space.log.push({ seq: space.log.length + 1, operation, digest, isLive: true })
  }

  function post(body: PostBody): NetworkResponse {
    const space = spaceOf(body.projectId)
    const cursor = seqOf(space, body.cursor)
    if (cursor === null) return problem(410, 'sync/gone')
    const accepted: string[] = []
    const held: string[] = []
    for (const operation of body.conversations.flatMap(
      ({ operations }) => operations as readonly Operation[],
    )) {
      accepted.push(operation.id)
      const known = liveRow(space, operation.id)
      const isPurged = space.purged.has(operation.id)
      const isBetter = known?.operation.kind === 'stub' && operation.kind === 'set' && !isPurged
      if (known !== undefined && !isBetter) {
        if (known.seq <= cursor) held.push(operation.id)
        continue
      }
      if (known !== undefined) known.isLive = false
      append(space, isPurged && operation.kind === 'set' ? toStub(operation) : operation)
      if (operation.kind !== 'purge') continue
      for (const id of operation.names) space.purged.add(id)
      for (const [index, row] of space.log.entries()) {
        if (row.operation.kind !== 'set' || !space.purged.has(row.operation.id)) continue
        space.log[index] = { ...row, operation: toStub(row.operation) }
      }
    }
    return json(200, { accepted, held, rejected: [], head: cursorAt(space, space.log.length) })
  }

  function delta(query: URLSearchParams): NetworkResponse {
    const space = spaceOf(query.get('projectId') ?? '')
    const after = seqOf(space, query.get('cursor') ?? '0')
    if (after === null) return problem(410, 'sync/gone')
    const end = Math.min(space.log.length, after + Math.min(pageLimit, Number(query.get('limit'))))
    const shown = space.log
      .slice(after, end)
      .filter((row) => row.isLive)
      .map((row) => row.operation)
    return json(200, {
      operations: shown.filter((operation) => operation.kind !== 'purge'),
      purges: shown.filter((operation) => operation.kind === 'purge'),
      cursor: cursorAt(space, end),
      more: end < space.log.length,
    })
  }

  return {
    accountId,
    /** Answers a request as the server would. */
    async request(request: NetworkRequest): Promise<NetworkResponse> {
      if (request.headers?.['X-Chatkeep-Account'] !== accountId) return problem(401, 'sync/wrong-account')
      const url = new URL(request.path, 'http://cloud.test')
      if (url.pathname === '/projects') {
        return json(200, { projects: [...spaces.keys()].map((projectId) => ({ projectId })) })
      }
      if (url.pathname !== '/conversations') return problem(404, 'input/not-found')
      // It has no list: new devices pull from zero.
      if (request.method === 'GET' && !url.searchParams.has('cursor')) return problem(404, 'input/not-found')
      return request.method === 'POST'
        ? post(JSON.parse(request.body ?? '') as PostBody)
        : delta(url.searchParams)
    },
    /** What the server holds, in the order of its log. */
    operations: (projectId = 'p'): readonly Operation[] =>
      spaceOf(projectId)
        .log.filter((row) => row.isLive)
        .map((row) => row.operation),
    ids: (projectId = 'p'): readonly string[] => spaceOf(projectId).log.map((row) => row.operation.id),
    /** As another device would: puts operations into the log. */
    write(operations: readonly Operation[], projectId = 'p'): void {
      for (const operation of operations) append(spaceOf(projectId), operation)
    },
    /** Drops the value of an operation, as the server's compaction does. */
    compact(id: string, projectId = 'p'): void {
      const { log } = spaceOf(projectId)
      for (const [index, row] of log.entries()) {
        if (row.operation.id === id && row.operation.kind === 'set')
          log[index] = { ...row, operation: toStub(row.operation) }
      }
    },
    backUp(): void {
      snapshots.push(new Map([...spaces].map(([projectId, space]) => [projectId, copySpace(space)])))
    },
    /** Goes back to the newest backup, as it was then. */
    restore(): void {
      const backup = snapshots.at(-1)
      spaces.clear()
      for (const [projectId, space] of backup ?? []) spaces.set(projectId, copySpace(space))
    },
    /** Another server on the same address, with nothing in it. */
    wipe(): void {
      spaces.clear()
    },
  }
}
export type CloudDouble = ReturnType<typeof createCloudDouble>

export function json(status: number, body: unknown, headers: Record<string, string> = {}): NetworkResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

export function problem(status: number, code: string, headers: Record<string, string> = {}): NetworkResponse {
  return json(
    status,
    { title: code, status, code },
    { ...headers, 'content-type': 'application/problem+json' },
  )
}

function toStub(operation: Extract<Operation, { kind: 'set' }>): Operation {
  const { id, conversationId, register, overwrites } = operation
  return { kind: 'stub', id, conversationId, register, overwrites }
}

const copySpace = (space: Space): Space => ({
  epoch: space.epoch,
  log: space.log.map((row) => ({ ...row })),
  purged: new Set(space.purged),
})
