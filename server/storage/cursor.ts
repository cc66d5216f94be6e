import { hash as digestOf } from 'node:crypto'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Cursor } from '../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'

/** A row of a log, and what is before it. `seq` 0 is before the first row. */
export type RowPoint = { readonly seq: number; readonly digest: string }

/** A point in a space's log. */
export type LogPoint = RowPoint & {
  readonly epoch: string
  /**
   * How long the log was when what is before this point was shown, if it was longer: later rows may have taken values out of earlier
   * ones, or have them moved. Of a log that lost those later rows the point is worth nothing.
   */
  readonly shownAt?: RowPoint
}

export const DIGEST_ZERO = '0'.repeat(16)

const CURSOR = /^([A-Za-z0-9_-]{1,40})\.(\d{1,15})\.([0-9a-f]{16})(?:\.(\d{1,15})\.([0-9a-f]{16}))?$/

export function pointToCursor({ epoch, seq, digest, shownAt }: LogPoint): Cursor {
  const end = shownAt === undefined || shownAt.seq <= seq ? '' : `.${shownAt.seq}.${shownAt.digest}`
  return `${epoch}.${seq}.${digest}${end}` as Cursor
}

/** The point that a cursor names, or null for the beginning; throws `sync/gone` for a cursor that is not one of ours. */
export function parseCursor(cursor: Cursor): LogPoint | null {
  if (cursor === CURSOR_ZERO) return null
  const [, epoch, seq, digest, shownSeq, shownDigest] = CURSOR.exec(cursor) ?? []
  if (epoch === undefined || seq === undefined || digest === undefined) throw gone()
  const point = { epoch, seq: Number(seq), digest }
  if (shownSeq === undefined || shownDigest === undefined) return point
  return { ...point, shownAt: { seq: Number(shownSeq), digest: shownDigest } }
}

/** The refusal of a cursor that this log never gave: it was restored from a backup, recreated, or is another server's. */
export function gone(): ChatkeepError {
  return new ChatkeepError(
    'sync/gone',
    'The cursor does not match this log. Nothing was stored; start again from cursor 0 and offer what is missing.',
  )
}

/** `digest(seq) = digest(seq − 1) + hash(id ‖ body) mod 2^64`, as 16 hexadecimal digits. */
export function nextDigest(digest: string, id: string, body: string): string {
  const hash = digestOf('sha256', `${id}\n${body}`, 'buffer')
  const sum = BigInt.asUintN(64, BigInt(`0x${digest}`) + hash.readBigUInt64BE(0))
  return sum.toString(16).padStart(16, '0')
}
