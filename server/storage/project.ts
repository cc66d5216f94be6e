import type { CompiledQuery } from 'kysely'
import { isGone, type Remains } from '../../src/domain/purge.ts'
import { type CellFacts, cellOf } from '../projection/cell.ts'
import { type MetadataSources, metadataOf } from '../projection/metadata.ts'
import type { Queries } from './engine.ts'
import { insertionOf } from './insertion.ts'
import { chunksOf, firstOf, type Program, rowsOf, runAll, together } from './program.ts'
import { readRegisters } from './register-states.ts'
import type { CellsTable } from './schema.ts'

export type Projected = {
  readonly space: string
  readonly conversationId: string
  /** The registers that may have changed. */
  readonly registers: 'all' | ReadonlySet<string>
  /** The conversation's newest row in the log. */
  readonly lastSeq: number
  readonly lastDigest: string
}

type Sources = MetadataSources & Left

/** Brings the projection of one conversation up to date with the log, in the transaction that changed the log. */
export function* projectConversation(queries: Queries, projected: Projected): Program<void> {
  const { db } = queries
  const { space, conversationId } = projected
  const cells = yield* readCells(queries, projected)
  const [, sources] = yield* together<[unknown, Sources]>(
    runAll(cellsToWrites(queries, cells)),
    readSources(queries, space, conversationId),
  )
  const metadata = metadataOf(sources)
  const row = {
    updated_at: metadata.updatedAt,
    trashed: metadata.trashed ? 1 : 0,
    present: sources.hasHeads && !isGone({ ...sources, trashed: metadata.trashed }) ? 1 : 0,
    last_seq: projected.lastSeq,
    last_digest: projected.lastDigest,
    metadata: JSON.stringify(metadata),
  }
  yield* rowsOf(
    db
      .insertInto('conversations')
      .values({ space, id: conversationId, ...row })
      .onConflict((conflict) => conflict.columns(['space', 'id']).doUpdateSet(row)),
  )
}

function* readCells(
  queries: Queries,
  { space, conversationId, registers }: Projected,
): Program<readonly CellsTable[]> {
  const states = yield* readRegisters(queries, { space, conversationId, registers })
  return [...states].map(([register, { heads, bytes }]) => {
    const cell = cellOf(register, heads)
    return {
      space,
      conversation_id: conversationId,
      register,
      message_id: cell.messageId,
      born_key: cell.born,
      born: cell.born,
      shown: cell.isShown ? 1 : 0,
      created_at: cell.createdAt,
      title_rank: cell.titleRank,
      heads: JSON.stringify(heads.map((head) => head.id)),
      facts: JSON.stringify(cell.facts),
      bytes,
    }
  })
}

function cellsToWrites(queries: Queries, cells: readonly CellsTable[]): CompiledQuery[] {
  const { db } = queries
  return chunksOf(cells, 500).map((chunk) =>
    insertionOf(queries, 'cells', chunk, (rows) =>
      db
        .insertInto('cells')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['space', 'conversation_id', 'register']).doUpdateSet((eb) => ({
            born_key: eb
              .case()
              .when('excluded.born_key', '<', eb.ref('cells.born_key'))
              .then(eb.ref('excluded.born_key'))
              .else(eb.ref('cells.born_key'))
              .end(),
            born: eb.ref('excluded.born'),
            shown: eb.ref('excluded.shown'),
            created_at: eb.ref('excluded.created_at'),
            title_rank: eb.ref('excluded.title_rank'),
            heads: eb.ref('excluded.heads'),
            facts: eb.ref('excluded.facts'),
            bytes: eb.ref('excluded.bytes'),
          })),
        ),
    ),
  )
}

type Left = Omit<Remains, 'trashed'> & { readonly hasHeads: boolean }
const ALL_REMAINS: Left = { hasHeads: true, hasMessages: true, hasOtherHeads: true, hasPurges: false }

/** What is left of a conversation that shows no message. */
function* readRemains({ db }: Pick<Queries, 'db'>, space: string, conversationId: string): Program<Left> {
  const headed = db
    .selectFrom('cells')
    .where('space', '=', space)
    .where('conversation_id', '=', conversationId)
    .where('heads', '!=', '[]')
    .limit(1)
    .select('register')
  type Found = { register: string } | undefined
  const [message, other, any, purge] = yield* together<[Found, Found, Found, { seq: number } | undefined]>(
    firstOf(headed.where('message_id', 'is not', null)),
    firstOf(headed.where('register', '!=', 'trashed')),
    firstOf(headed),
    firstOf(
      db
        .selectFrom('log')
        .where('space', '=', space)
        .where('conversation_id', '=', conversationId)
        .where('register', '=', '')
        .where('kind', '=', 'purge')
        .limit(1)
        .select('seq'),
    ),
  )
  return {
    hasHeads: any !== undefined,
    hasMessages: message !== undefined,
    hasOtherHeads: other !== undefined,
    hasPurges: purge !== undefined,
  }
}

function* readSources({ db }: Queries, space: string, conversationId: string): Program<Sources> {
  const cells = db
    .selectFrom('cells')
    .where('space', '=', space)
    .where('conversation_id', '=', conversationId)
  const shown = cells.where('message_id', 'is not', null).where('shown', '=', 1)
  const inPlace = shown.orderBy('born').orderBy('message_id').limit(1).select('facts')
  const inOrder = shown.limit(1).select(['facts', 'created_at'])
  type Shown = { facts: string; created_at: number } | undefined
  type Facts = { facts: string } | undefined
  const [counted, plain, namedByUser, namedByOther, oldest, newest] = yield* together<
    [
      { count: number } | undefined,
      readonly { register: string; facts: string }[],
      Facts,
      Facts,
      Shown,
      Shown,
    ]
  >(
    firstOf(shown.select(({ fn }) => fn.countAll<number>().as('count'))),
    rowsOf(cells.where('message_id', 'is', null).select(['register', 'facts'])),
    firstOf(inPlace.where('title_rank', '=', 2)),
    firstOf(inPlace.where('title_rank', '=', 1)),
    firstOf(inOrder.orderBy('born').orderBy('message_id')),
    firstOf(inOrder.orderBy('born', 'desc').orderBy('message_id', 'desc')),
  )
  const named = namedByUser ?? namedByOther
  const remains =
    Number(counted?.count ?? 0) > 0 ? ALL_REMAINS : yield* readRemains({ db }, space, conversationId)
  const values = new Map<string, unknown>()
  for (const { register, facts } of plain) values.set(register, parseFacts(facts).value)
  let messageHeads: string[] = []
  if (values.get('trashed') !== undefined) {
    const rows = yield* rowsOf(cells.where('message_id', 'is not', null).select('heads'))
    messageHeads = rows.flatMap(({ heads }) => JSON.parse(heads) as string[])
  }
  const birth =
    oldest !== undefined
      ? undefined
      : yield* firstOf(
          db
            .selectFrom('log')
            .where('space', '=', space)
            .where('conversation_id', '=', conversationId)
            .select(({ fn }) => fn.min('stamp').as('stamp')),
        )
  return {
    plain: values,
    messageCount: Number(counted?.count ?? 0),
    firstAt: oldest?.created_at,
    lastAt: newest?.created_at,
    firstText: named && parseFacts(named.facts).title,
    lastText: newest && parseFacts(newest.facts).preview,
    bornAt: birth?.stamp ?? 0,
    messageHeads,
    ...remains,
  }
}

function parseFacts(facts: string): CellFacts {
  return JSON.parse(facts) as CellFacts
}
