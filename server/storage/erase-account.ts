import type { CompiledQuery } from 'kysely'
import type { Queries } from './engine.ts'
import { firstOf, type Program, rowsOf, runAll } from './program.ts'

const TABLES_BY_SPACE = ['log', 'purged', 'conversations', 'projects', 'space_members'] as const

/**
 * Erases everything that an account keeps: rows, stubs, purges and projections of all spaces that nobody else is a member
 * of, its memberships, and its names. Only its id is remembered, so that its devices can be told. Repeating it is harmless.
 */
export function* eraseAccount(queries: Queries, account: string, now: number): Program<void> {
  const { db } = queries
  const mine = yield* rowsOf(
    db
      .selectFrom('space_members')
      .where('account', '=', account)
      .select('space')
      .select((eb) =>
        eb
          .selectFrom('space_members as others')
          .whereRef('others.space', '=', 'space_members.space')
          .where('others.account', '!=', account)
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .as('others'),
      ),
  )
  const writes: CompiledQuery[] = []
  for (const { space, others } of mine) {
    if (Number(others) > 0) continue
    // First: it waits for appends that hold the space's lock, and those that come later find no space.
    writes.push(db.deleteFrom('spaces').where('id', '=', space).compile())
    for (const table of TABLES_BY_SPACE)
      writes.push(db.deleteFrom(table).where('space', '=', space).compile())
  }
  writes.push(
    db.deleteFrom('space_members').where('account', '=', account).compile(),
    db.deleteFrom('projects').where('account', '=', account).compile(),
    db
      .insertInto('erased_accounts')
      .values({ account, erased_at: now })
      .onConflict((conflict) => conflict.doNothing())
      .compile(),
  )
  yield* runAll(writes)
}

/** Whether the account was erased here. */
export function* isErased({ db }: Queries, account: string): Program<boolean> {
  const found = yield* firstOf(
    db.selectFrom('erased_accounts').where('account', '=', account).select('account'),
  )
  return found !== undefined
}
