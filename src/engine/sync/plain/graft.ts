import type { OperationId } from '../../../domain/ids.ts'
import type { ShownRegister } from '../../../ports/records/plain-sync.ts'
import type { ListedMessage, PlainDocument } from './document.ts'
import { envelopeOf } from './listed-message.ts'
import type { Mine, MyMessage } from './mine.ts'

/** What an operation for a change overwrites, and its stamp. */
export type Graft = { readonly over: readonly OperationId[]; readonly stamp: number }

/** Where a change by others belongs among what this device has. */
export function graftOf(parts: {
  readonly register: string
  readonly document: PlainDocument
  readonly mine: Mine
  /** What the server last showed; undefined: nothing, or it is forgotten. */
  readonly known: ShownRegister | undefined
  readonly hash: string
  /** Of a message that is here, too. */
  readonly message?: { readonly listed: ListedMessage; readonly here: MyMessage }
  /** Registers of which something waits to be sent. */
  readonly queued: ReadonlySet<string>
}): Graft {
  const { register, document, mine, known, hash, message, queued } = parts
  const heads = mine.headsByRegister.get(register) ?? []
  const above = Math.max(-1, known?.stamp ?? -1, ...heads.map((head) => head.stamp)) + 1
  if (known !== undefined) {
    // Where nothing guards a write, what comes back as it was before may be an old copy that somebody put over a newer one: then it wins,
    // and what was there stays beside it, for a person to choose.
    if (document.etag === null && known.before === hash) return { over: [], stamp: above }
    // No younger than what it overwrites: what was written here since wins, also under a clock that is behind.
    return { over: known.ids, stamp: known.stamp }
  }
  if (heads.length === 0) return { over: [], stamp: 0 }
  // What was born here is there: it was sent, whatever became of the answer, and somebody changed it since.
  const isFirst = heads.every(({ overwrites }) => overwrites.length === 0)
  if (message !== undefined && isFirst && envelopeOf(message.listed)?.born === message.here.born)
    return { over: heads.map(({ id }) => id), stamp: above }
  // What waits to be sent was never there, and goes up. What does not was there once: then others changed it, as far as can be known.
  return { over: [], stamp: queued.has(register) ? 0 : above }
}
