import type { Cursor } from '../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { gone, pointToCursor } from './cursor.ts'
import type { Queries } from './engine.ts'
import { SHOWN_COLUMNS, type ShownRows, splitRows } from './log-row.ts'
import { firstOf, type Program, rowsOf } from './program.ts'
import { findSpace, type ProjectKey, seqOfCursor } from './spaces.ts'

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
  const head = yield* findSpace(queries, request)
  if (head === undefined) {
    if (request.cursor !== CURSOR_ZERO) throw gone()
    return { operations: [], purges: [], cursor: CURSOR_ZERO, more: false }
  }
  const after = yield* seqOfCursor(queries, head, request.cursor)
  const log = db.selectFrom('log').where('space', '=', head.space).where('seq', '>', after)
  // Sizes first, so that a page of large bodies is never read whole.
  const sizes = yield* rowsOf(log.orderBy('seq').limit(request.limit).select(['seq', 'bytes']))
  let until = after
  let pageBytes = 0
  for (const { seq, bytes } of sizes) {
    pageBytes += bytes
    if (pageBytes > request.maxBytes && until > after) break
    until = seq
  }
  if (until === head.seq) {
    const rows = yield* rowsOf(log.where('live', '=', 1).orderBy('seq').select(SHOWN_COLUMNS))
    return { ...splitRows(rows), cursor: pointToCursor(head), more: false }
  }
  const rows = yield* rowsOf(
    log.where('seq', '<=', until).where('live', '=', 1).orderBy('seq').select(SHOWN_COLUMNS),
  )
  const end = yield* firstOf(
    db.selectFrom('log').where('space', '=', head.space).where('seq', '=', until).select('digest'),
  )
  if (end === undefined) throw gone()
  return {
    ...splitRows(rows),
    cursor: pointToCursor({ ...head, seq: until, digest: end.digest }),
    more: true,
  }
}
