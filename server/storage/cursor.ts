import { hash as digestOf } from 'node:crypto'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { Cursor } from '../../src/domain/ids.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'

/** A point in a space's log. `seq` 0 is before the first row. */
export type LogPoint = {
  readonly epoch: string
  readonly seq: number
  readonly digest: string
}

export const DIGEST_ZERO = '0'.repeat(16)

const CURSOR = /^([A-Za-z0-9_-]{1,40})\.(\d{1,15})\.([0-9a-f]{16})$/

export function pointToCursor({ epoch, seq, digest }: LogPoint): Cursor {
  return `${epoch}.${seq}.${digest}` as Cursor
}

/** The point that a cursor names, or null for the beginning; throws `sync/gone` for a cursor that is not one of ours. */
export function parseCursor(cursor: Cursor): LogPoint | null {
  if (cursor === CURSOR_ZERO) return null
  const [, epoch, seq, digest] = CURSOR.exec(cursor) ?? []
  if (epoch === undefined || seq === undefined || digest === undefined) throw gone()
  return { epoch, seq: Number(seq), digest }
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
