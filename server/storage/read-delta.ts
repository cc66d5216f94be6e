import type { Cursor } from '../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { gone, parseCursor, pointToCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { SHOWN_COLUMNS, type ShownRow, type ShownRows, splitRows } from './log-row.ts'
import { firstOf, type Program, rowsOf, together } from './program.ts'
import {
  checkPoint,
  type FoundPoint,
  findPoint,
  findSpace,
  type ProjectKey,
  type SpaceHead,
  spaceOfProject,
} from './spaces.ts'

export type DeltaRequest = ProjectKey & {
  readonly cursor: Cursor
  readonly limit: number
  /** A page ends before this many bytes, but holds at least one row. */
  readonly maxBytes: number
}

export type DeltaPage = ShownRows & { readonly cursor: Cursor; readonly more: boolean }

/** What the log holds after a cursor. A project that nobody has written to answers an empty page. */
export function* readDelta(queries: Queries, request: DeltaRequest): Program<DeltaPage> {
  const { db } = queries
  const space = spaceOfProject(queries, request)
  const from = parseCursor(request.cursor)?.seq ?? 0
  const log = db.selectFrom('log').where('space', '=', space).where('seq', '>', from)
  const [head, point, sizes] = yield* together<
    [SpaceHead | undefined, FoundPoint, readonly { seq: number; bytes: number }[]]
  >(
    findSpace(queries, request),
    findPoint(queries, space, request.cursor),
    // Sizes first, so that a page of large bodies is never read whole.
    rowsOf(log.orderBy('seq').limit(request.limit).select(['seq', 'bytes'])),
  )
  if (head === undefined) {
    if (request.cursor !== CURSOR_ZERO) throw gone()
    return { operations: [], purges: [], cursor: CURSOR_ZERO, more: false }
  }
  const after = checkPoint(head, point)
  let until = after
  let pageBytes = 0
  for (const { seq, bytes } of sizes) {
    pageBytes += bytes
    if (pageBytes > request.maxBytes && until > after) break
    until = seq
  }
  if (until === after) return { operations: [], purges: [], cursor: pointToCursor(head), more: false }
  const [rows, end] = yield* together<[readonly ShownRow[], { digest: string } | undefined]>(
    rowsOf(log.where('seq', '<=', until).where('live', '=', 1).orderBy('seq').select(SHOWN_COLUMNS)),
    firstOf(db.selectFrom('log').where('space', '=', head.space).where('seq', '=', until).select('digest')),
  )
  if (end === undefined) throw gone()
  return {
    ...splitRows(rows),
    cursor: pointToCursor({ ...head, seq: until, digest: end.digest }),
    more: until < head.seq,
  }
}
