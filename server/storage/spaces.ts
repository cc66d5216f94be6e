import { ChatkeepError } from '../../src/domain/errors.ts'
import { DIGEST_ZERO, gone, type LogPoint } from './cursor.ts'
import type { Queries } from './engine.ts'
import { isErased } from './erase-account.ts'
import { firstOf, type Program, rowsOf } from './program.ts'
import { statement } from './statement.ts'

/** A project as an account names it. */
export type ProjectKey = { readonly account: string; readonly projectId: string }

/** A space and the end of its log. */
export type SpaceHead = LogPoint & { readonly space: string }

/** The space that a project's name stands for, if the account has one of that name and is a member of it. */
export function* findSpace(queries: Queries, project: ProjectKey): Program<SpaceHead | undefined> {
  const { account, projectId } = project
  return yield* firstOf(
    statement(queries, 'find space', [account, projectId, account], () => spaceHeadOf(queries, project)),
  )
}

/** The same, with the space's row locked until the transaction ends: appends of one space are serialised by it. */
export function* findAndLockSpace(queries: Queries, project: ProjectKey): Program<SpaceHead | undefined> {
  if (queries.kind !== 'postgres') return yield* findSpace(queries, project)
  const { account, projectId } = project
  return yield* firstOf(
    statement(queries, 'lock project', [account, projectId, account], () =>
      spaceHeadOf(queries, project).forUpdate(),
    ),
  )
}

/** Joins nothing, so that a lock is on the space's row alone. */
function spaceHeadOf(queries: Queries, project: ProjectKey) {
  return queries.db
    .selectFrom('spaces')
    .where('id', '=', spaceOfProject(queries, project))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('space_members')
          .whereRef('space_members.space', '=', 'spaces.id')
          .where('space_members.account', '=', project.account)
          .select('role'),
      ),
    )
    .select(['id as space', 'epoch', 'head_seq as seq', 'head_digest as digest'])
}

/** Most projects that one account is told of. */
const MAX_PROJECTS = 10_000

/** The names that the account gave to spaces it is a member of. */
export function* listProjects({ db }: Queries, account: string): Program<readonly string[]> {
  const rows = yield* rowsOf(
    db
      .selectFrom('projects')
      .innerJoin('space_members', (join) =>
        join
          .onRef('space_members.space', '=', 'projects.space')
          .onRef('space_members.account', '=', 'projects.account'),
      )
      .where('projects.account', '=', account)
      .select('projects.project_id as projectId')
      .orderBy('projects.project_id')
      .limit(MAX_PROJECTS),
  )
  return rows.map(({ projectId }) => projectId)
}

/** The ends of the logs of all the account's projects. */
export function* headsOfAccount(
  { db }: Queries,
  account: string,
): Program<readonly (SpaceHead & { readonly projectId: string })[]> {
  return yield* rowsOf(
    db
      .selectFrom('projects')
      .innerJoin('space_members', (join) =>
        join
          .onRef('space_members.space', '=', 'projects.space')
          .onRef('space_members.account', '=', 'projects.account'),
      )
      .innerJoin('spaces', 'spaces.id', 'projects.space')
      .where('projects.account', '=', account)
      .select([
        'spaces.id as space',
        'spaces.epoch',
        'spaces.head_seq as seq',
        'spaces.head_digest as digest',
        'projects.project_id as projectId',
      ])
      .orderBy('projects.project_id')
      .limit(MAX_PROJECTS),
  )
}

/** Everyone who may see a space. */
export function* membersOf(queries: Queries, space: string): Program<readonly string[]> {
  const rows = yield* rowsOf(
    statement(queries, 'members', [space], () =>
      queries.db.selectFrom('space_members').where('space', '=', space).select('account'),
    ),
  )
  return rows.map(({ account }) => account)
}

/** All the account's spaces that hold this conversation, purged ones included, with the names the account gave them. */
export function* findConversation(
  { db }: Queries,
  {
    account,
    conversationId,
    projectId,
  }: { account: string; conversationId: string; projectId?: string | undefined },
): Program<(SpaceHead & { readonly projectId: string }) | undefined> {
  let query = db
    .selectFrom('projects')
    .innerJoin('space_members', (join) =>
      join
        .onRef('space_members.space', '=', 'projects.space')
        .onRef('space_members.account', '=', 'projects.account'),
    )
    .innerJoin('spaces', 'spaces.id', 'projects.space')
    .innerJoin('conversations', 'conversations.space', 'projects.space')
    .where('projects.account', '=', account)
    .where('conversations.id', '=', conversationId)
    .select([
      'spaces.id as space',
      'spaces.epoch',
      'spaces.head_seq as seq',
      'spaces.head_digest as digest',
      'projects.project_id as projectId',
    ])
    .limit(2)
  if (projectId !== undefined) query = query.where('projects.project_id', '=', projectId)
  const [found, another] = yield* rowsOf(query)
  if (another !== undefined) {
    throw new ChatkeepError(
      'input/invalid',
      'Several projects have a conversation of this id: name one with ?projectId=.',
      {
        details: { path: 'projectId' },
      },
    )
  }
  return found
}

/** What a space that is created is called; names that nobody can guess. */
export type NewSpace = { readonly space: string; readonly epoch: string; readonly now: number }

/** The space of a project, locked; created when the account has none of that name. */
export function* findOrCreateSpace(
  queries: Queries,
  key: ProjectKey,
  fresh: NewSpace,
): Program<SpaceHead & { readonly isNew: boolean }> {
  const found = yield* findAndLockSpace(queries, key)
  if (found !== undefined) return { ...found, isNew: false }
  if (yield* isErased(queries, key.account)) {
    throw new ChatkeepError('account/gone', 'This account was deleted. Nothing was stored.')
  }
  const { db } = queries
  const { space, epoch, now } = fresh
  yield* rowsOf(
    db
      .insertInto('projects')
      .values({ account: key.account, project_id: key.projectId, space })
      .onConflict((conflict) => conflict.columns(['account', 'project_id']).doNothing()),
  )
  // Another process may have been quicker; its row was waited for above.
  const winner = yield* findAndLockSpace(queries, key)
  if (winner !== undefined) return { ...winner, isNew: false }
  yield* rowsOf(
    db
      .insertInto('spaces')
      .values({ id: space, epoch, head_seq: 0, head_digest: DIGEST_ZERO, created_at: now }),
  )
  yield* rowsOf(db.insertInto('space_members').values({ space, account: key.account, role: 'owner' }))
  return { space, epoch, seq: 0, digest: DIGEST_ZERO, isNew: true }
}

/** The end of the log, with the space's row locked until the transaction ends: appends of one space are serialised by it. */
export function* lockSpace({ db, kind }: Queries, space: string): Program<SpaceHead> {
  const query = db
    .selectFrom('spaces')
    .where('id', '=', space)
    .select(['id as space', 'epoch', 'head_seq as seq', 'head_digest as digest'])
  const head = yield* firstOf(kind === 'postgres' ? query.forUpdate() : query)
  if (head === undefined) throw gone()
  return head
}

/** A project's space as part of another query, to save asking for it first. Membership is checked by `findSpace`. */
export function spaceOfProject({ db }: Queries, { account, projectId }: ProjectKey) {
  return db
    .selectFrom('projects')
    .where('account', '=', account)
    .where('project_id', '=', projectId)
    .select('space')
}
