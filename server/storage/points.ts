import type { Cursor } from '../../src/domain/ids.ts'
import { DIGEST_ZERO, gone, type LogPoint, parseCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { firstOf, type Program } from './program.ts'
import { type ProjectKey, type SpaceHead, spaceOfProject } from './spaces.ts'
import { statement } from './statement.ts'

/** The place in the log that a cursor names, 0 for the beginning; `sync/gone` unless epoch, length and digest match. */
export function* seqOfCursor(queries: Queries, head: SpaceHead, cursor: Cursor): Program<number> {
  const found = yield* findPoint(queries, head.space, cursor)
  return checkPoint(head, found)
}

/** What a cursor says, and what the log holds there: to be checked when the head is known. */
export type FoundPoint = {
  readonly point: LogPoint | null
  readonly digest: string | undefined
  /** At `point.shownAt`. */
  readonly shownDigest?: string | undefined
}

/** The log's digests at a cursor's places. */
export function findPoint(queries: Queries, space: string, cursor: Cursor): Program<FoundPoint> {
  return findDigests(cursor, (seq) =>
    firstOf(
      statement(queries, 'point', [space, seq], () =>
        queries.db.selectFrom('log').where('space', '=', space).where('seq', '=', seq).select('digest'),
      ),
    ),
  )
}

/** The place that a found point stands for; `sync/gone` unless epoch, length and digests match. */
export function checkPoint(head: LogPoint, { point, digest, shownDigest }: FoundPoint): number {
  if (point === null) return 0
  if (point.epoch !== head.epoch || point.seq > head.seq) throw gone()
  if (digest !== point.digest) throw gone()
  if (shownDigest !== point.shownAt?.digest) throw gone()
  return point.seq
}

/** The log's digests at a cursor's places, of a project whose space is not known yet. */
export function findPointOfProject(
  queries: Queries,
  project: ProjectKey,
  cursor: Cursor,
): Program<FoundPoint> {
  const { account, projectId } = project
  return findDigests(cursor, (seq) =>
    firstOf(
      statement(queries, 'point of project', [account, projectId, seq], () =>
        queries.db
          .selectFrom('log')
          .where('space', '=', spaceOfProject(queries, project))
          .where('seq', '=', seq)
          .select('digest'),
      ),
    ),
  )
}

function* findDigests(
  cursor: Cursor,
  find: (seq: number) => Program<{ readonly digest: string } | undefined>,
): Program<FoundPoint> {
  const point = parseCursor(cursor)
  if (point === null) return { point, digest: DIGEST_ZERO }
  const digest = point.seq === 0 ? DIGEST_ZERO : (yield* find(point.seq))?.digest
  if (point.shownAt === undefined) return { point, digest }
  return { point, digest, shownDigest: (yield* find(point.shownAt.seq))?.digest }
}
