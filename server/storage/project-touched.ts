import type { Queries } from './engine.ts'
import { type Program, rowsOf, together } from './program.ts'
import { projectConversation } from './project.ts'
import type { LogTable } from './schema.ts'

/** Brings the projection of every conversation that new rows touch up to date. */
export function* projectTouched(queries: Queries, space: string, rows: readonly LogTable[]): Program<void> {
  const rowsByConversation = new Map<string, LogTable[]>()
  for (const row of rows) {
    const mine = rowsByConversation.get(row.conversation_id)
    if (mine === undefined) rowsByConversation.set(row.conversation_id, [row])
    else mine.push(row)
  }
  yield* together(
    ...[...rowsByConversation].map(([conversationId, mine]) =>
      projectOne(queries, space, conversationId, mine),
    ),
  )
}

function* projectOne(
  queries: Queries,
  space: string,
  conversationId: string,
  rows: readonly LogTable[],
): Program<void> {
  const registers = new Set<string>()
  for (const row of rows) if (row.kind !== 'purge') registers.add(row.register)
  for (const row of rows) if (row.kind === 'purge') yield* addNamedRegisters(queries, space, row, registers)
  const last = rows[rows.length - 1]
  if (last === undefined) return
  yield* projectConversation(queries, {
    space,
    conversationId,
    // A stub whose sender did not know its register may hide values anywhere.
    registers: registers.has('') ? 'all' : registers,
    lastSeq: last.seq,
    lastDigest: last.digest,
  })
}

/** Adds the registers of what a purge names and the log has. */
export function* addNamedRegisters(
  { db }: Queries,
  space: string,
  purge: Pick<LogTable, 'conversation_id' | 'links'>,
  registers: Set<string>,
): Program<void> {
  const rows = yield* rowsOf(
    db
      .selectFrom('log')
      .where('space', '=', space)
      .where('conversation_id', '=', purge.conversation_id)
      .where('kind', '!=', 'purge')
      .where('id', 'in', JSON.parse(purge.links) as string[])
      .select('register')
      .distinct(),
  )
  for (const { register } of rows) registers.add(register)
}
