import type { LogTable } from '../../server/storage/schema.ts'
import type { SetOperation } from '../../src/domain/operation.ts'
import type { MeasuredDatabase } from './databases.ts'
import type { Measured } from './load.ts'
import { newMessages } from './operations.ts'

/** Operations per second of the database alone: as many connections as the load on the server has, each in a loop. */
export async function measureBare(
  database: MeasuredDatabase,
  options: { readonly connections: number; readonly batch: number; readonly seconds: number },
): Promise<Measured> {
  const { connections, batch, seconds } = options
  const milliseconds: number[] = []
  const startedAt = performance.now()
  const endAt = startedAt + seconds * 1_000
  async function loop(name: number): Promise<void> {
    const connection = await database.connect(`bare-${name}`)
    for (let turn = 0; performance.now() < endAt; turn++) {
      const rows = newMessages(`bare-${name}-${startedAt}-${turn}`, batch).map((each) =>
        operationToRow(each, `bare-${name}`),
      )
      const before = performance.now()
      await connection.insert(rows)
      milliseconds.push(performance.now() - before)
      // SQLite's calls are synchronous: let the other loops have their turn.
      await new Promise(setImmediate)
    }
    await connection.close()
  }
  await Promise.all(Array.from({ length: connections }, (_, name) => loop(name)))
  const elapsed = (performance.now() - startedAt) / 1_000
  milliseconds.sort((a, b) => a - b)
  return {
    count: milliseconds.length,
    perSecond: milliseconds.length / elapsed,
    p99: milliseconds[Math.floor(milliseconds.length * 0.99)] ?? 0,
  }
}

function operationToRow(operation: SetOperation, space: string): LogTable {
  const body = JSON.stringify(operation.value)
  return {
    space,
    seq: 0,
    id: operation.id,
    conversation_id: operation.conversationId,
    kind: 'set',
    register: operation.register,
    stamp: operation.stamp,
    links: '[]',
    body,
    bytes: body.length,
    digest: '0123456789abcdef',
    received_at: 0,
    live: 1,
  }
}
