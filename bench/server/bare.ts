import type { Queries } from '../../server/storage/engine.ts'
import { logInsertion } from '../../server/storage/log-insertion.ts'
import { type Program, runAll } from '../../server/storage/program.ts'
import type { LogTable } from '../../server/storage/schema.ts'
import { findAndLockSpace, type ProjectKey } from '../../server/storage/spaces.ts'
import { statement } from '../../server/storage/statement.ts'
import type { SetOperation } from '../../src/domain/operation.ts'
import type { MeasuredDatabase } from './databases.ts'
import type { Measured } from './load.ts'
import { newMessages } from './operations.ts'

const DIGEST = '0123456789abcdef'

/**
 * Operations per second of the database alone: as many connections as the load on the server has, each in a loop of its own and in the
 * project of its own account, so that the indexes are as large as those that the server writes to.
 */
export async function measureBare(
  database: MeasuredDatabase,
  options: { readonly projects: readonly ProjectKey[]; readonly batch: number; readonly seconds: number },
): Promise<Measured> {
  const { projects, batch, seconds } = options
  const connections = await database.connect(projects.length)
  const milliseconds: number[] = []
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1_000
  async function loop(project: ProjectKey, index: number): Promise<void> {
    const engine = connections.engineOf(index)
    for (let turn = 0; performance.now() < endAt; turn++) {
      const operations = newMessages(`bare-${index}-${startedAt}-${turn}`, batch)
      const before = performance.now()
      await engine.write((queries) => insert(queries, project, operations))
      milliseconds.push(performance.now() - before)
    }
  }
  await Promise.all(projects.map(loop))
  const elapsed = (performance.now() - startedAt) / 1_000
  await connections.close()
  milliseconds.sort((a, b) => a - b)
  return {
    count: milliseconds.length,
    perSecond: milliseconds.length / elapsed,
    p99: milliseconds[Math.floor(milliseconds.length * 0.99)] ?? 0,
  }
}

/** The server's own statements for its log and nothing else: lock the space, insert, move its head. */
function* insert(queries: Queries, project: ProjectKey, operations: readonly SetOperation[]): Program<void> {
  const head = yield* findAndLockSpace(queries, project)
  if (head === undefined) throw new Error('The project has no space.')
  const { space } = head
  const rows = operations.map((operation, index) => operationToRow(operation, space, head.seq + index + 1))
  const seq = head.seq + rows.length
  const move = statement(queries, 'move head', [seq, DIGEST, space], () =>
    queries.db.updateTable('spaces').set({ head_seq: seq, head_digest: DIGEST }).where('id', '=', space),
  )
  yield* runAll([...logInsertion(queries, rows), move.compile()])
}

function operationToRow(operation: SetOperation, space: string, seq: number): LogTable {
  const { id, conversationId, register, stamp, value } = operation
  const body = JSON.stringify(value)
  return {
    ...{ space, seq, id, register, stamp, body, digest: DIGEST },
    conversation_id: conversationId,
    kind: 'set',
    links: '[]',
    bytes: body.length,
    received_at: 0,
    live: 1,
    born: stamp,
  }
}
