import type { Writable } from 'node:stream'
import type { CompiledQuery } from 'kysely'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Program, Row } from './program.ts'
import type { Statement } from './statement.ts'

type Answer = { readonly command: string; readonly rows: readonly Row[] }

/** A connection that answers queries in their order and takes further ones meanwhile. */
export type Connection = {
  query(query: { text: string; values?: unknown[]; name?: string }): Promise<Answer>
  /** Where queries are written to. Those that are sent in one go leave as one packet, and wake the database once. */
  readonly stream?: Pick<Writable, 'cork' | 'uncork'>
}

/**
 * Runs a program in a transaction with these settings, and commits it. A step that only writes has no rows to wait for: the program goes on at once, and the
 * commit follows the last writes on their heels, since PostgreSQL answers the commit of a transaction that failed with a rollback. Rejects with the
 * first error, having written nothing; with `sync/server-error` when the connection was lost before the commit was answered.
 */
export async function writeInTransaction<Result>(
  connection: Connection,
  settings: string,
  program: Program<Result>,
): Promise<Result> {
  const { send, first } = talkTo(connection)
  const begun = send({ text: `begin isolation level read committed; ${settings}` })
  const result = await runSteps(program, async (queries) => {
    // Of a transaction that has not begun, each write would be one of its own.
    if (queries.some(isWrite)) await begun
    const answers = queries.map((query) => send(toMessage(query)))
    if (queries.every(isMute)) return queries.map(() => [])
    await begun
    return (await Promise.all(answers)).map(({ rows }) => rows)
  }).catch((error: unknown) => {
    // What was sent before and not waited for has failed before.
    throw first()?.error ?? error
  })
  await begun
  const command = await send({ text: 'commit' }).then(
    (answer) => answer.command,
    () => undefined,
  )
  const failure = first()
  if (failure === undefined && command === 'COMMIT') return result
  if (failure === undefined) throw new Error(`The commit was answered with ${command}: nothing is stored.`)
  throw isRefusal(failure.error) ? failure.error : unknownOutcome(failure.error)
}

/** Runs a program that reads, at one moment of the database. The end of the transaction is not waited for: see `ended`. */
export function readInTransaction<Result>(
  connection: Connection,
  program: Program<Result>,
): { readonly result: Promise<Result>; readonly ended: Promise<unknown> } {
  const { send } = talkTo(connection)
  const begun = send({ text: 'begin isolation level repeatable read' })
  const result = runSteps(program, async (queries) => {
    const [, ...answers] = await Promise.all([begun, ...queries.map((query) => send(toMessage(query)))])
    return answers.map(({ rows }) => rows)
  })
  const end = () => send({ text: 'commit' })
  return { result, ended: result.then(end, end) }
}

async function runSteps<Result>(
  program: Program<Result>,
  run: (queries: readonly CompiledQuery[]) => Promise<readonly (readonly Row[])[]>,
): Promise<Result> {
  let step = program.next()
  while (step.done !== true) step = program.next(await run(step.value))
  return step.value
}

function talkTo({ query, stream }: Connection) {
  let failure: { readonly error: unknown } | undefined
  let isGathering = false

  function gather() {
    if (stream === undefined || isGathering) return
    isGathering = true
    stream.cork()
    process.nextTick(() => {
      isGathering = false
      stream.uncork()
    })
  }

  const send = (message: Parameters<Connection['query']>[0]): Promise<Answer> => {
    gather()
    const answer = query(message)
    // Answers come in the order of the queries: this keeps the first error, and those that nobody waits for from being unhandled.
    answer.catch((error: unknown) => {
      failure ??= { error }
    })
    return answer
  }
  return { send, first: () => failure }
}

function toMessage({ sql, parameters, name }: Statement) {
  const message = { text: sql, values: [...parameters] }
  return name === undefined ? message : { ...message, name }
}

const isWrite = ({ query }: CompiledQuery): boolean => query.kind !== 'SelectQueryNode'

/** Writes and says nothing of what it wrote. */
function isMute({ query }: CompiledQuery): boolean {
  const { kind } = query
  if (kind !== 'InsertQueryNode' && kind !== 'UpdateQueryNode' && kind !== 'DeleteQueryNode') return false
  return query.returning === undefined
}

/** The server refused a statement or the commit itself, and with it the transaction; anything else is a connection that ended. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && error.severity === 'ERROR'
}

function unknownOutcome(cause: unknown): ChatkeepError {
  return new ChatkeepError(
    'sync/server-error',
    'The database was lost before it said whether what was sent is stored. Send it again: operations are stored once.',
    { retryable: true, cause },
  )
}
