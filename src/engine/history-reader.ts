import { comparePlaces } from '../domain/message.ts'
import type { MessageRecord } from '../ports/records/message.ts'
import type { PackedMessage, PackRecord } from '../ports/records/pack.ts'
import type { ReadTransaction } from '../ports/storage.ts'
import { rangeOf } from './conversation-range.ts'
import { decodePack, PACK_LIMITS } from './packs.ts'

type Place = { readonly id: string; readonly born: number }

/** Messages of a conversation from the newest to the oldest, whatever record each lies in. */
export type HistoryReader = {
  /** Issues the first requests; call it beside the others of the same transaction. */
  prefetch(): Promise<void>
  next(): Promise<PackedMessage | undefined>
  /** What the first requests brought, before the first `next`. */
  fetched(): Fetched
}

/** Records from the newest to the oldest, as far as they were asked for. */
export type Fetched = {
  readonly tail: readonly MessageRecord[]
  readonly packs: readonly PackRecord[]
  readonly tailEnded: boolean
  readonly packsEnded: boolean
}

/** Most records of the tail that one request brings. */
const TAIL_PAGE = 512

/**
 * Merges the tail and the packs in falling order of (born, id). The tail overrides packs by id; a placeholder in the tail hides a
 * packed message that stands elsewhere now.
 */
export function readHistory(
  tx: ReadTransaction,
  conversationId: string,
  before: Place | undefined,
  wanted: number,
): HistoryReader {
  const all = !Number.isFinite(wanted)
  const range = rangeOf(conversationId)
  const bounded =
    before === undefined
      ? range
      : { ...range, upper: [conversationId, before.born, before.id], upperOpen: true }
  const tail: MessageRecord[] = []
  const packed: PackedMessage[] = []
  /** Read and not decoded yet, newest first. */
  let packs: PackRecord[] = []
  const overridden = new Set<string>()
  let tailFrom: readonly [string, number, string] | undefined
  let packFrom: readonly [string, number, string] | undefined
  let tailEnded = false
  let packsEnded = false

  async function readTail(): Promise<void> {
    const limit = all ? TAIL_PAGE : Math.min(TAIL_PAGE, Math.max(16, wanted + 1))
    const rest = tailFrom === undefined ? bounded : { ...range, upper: tailFrom, upperOpen: true }
    const records = await tx.scan('messages', { range: rest, direction: 'backward', limit })
    tailEnded = records.length < limit
    const last = records.at(-1)
    if (last !== undefined) tailFrom = [conversationId, last.born, last.id]
    for (const record of records) overridden.add(record.id)
    tail.unshift(...records.reverse())
  }

  async function readPacks(): Promise<void> {
    const limit = all ? Number.POSITIVE_INFINITY : Math.ceil(wanted / PACK_LIMITS.newestPack)
    const rest = packFrom === undefined ? bounded : { ...range, upper: packFrom, upperOpen: true }
    // Chromium reads forward faster.
    packs = all
      ? (await tx.scan('packs', { range: rest })).reverse()
      : await tx.scan('packs', { range: rest, direction: 'backward', limit })
    packsEnded = packs.length < limit
    const oldest = packs.at(-1)
    if (oldest !== undefined) packFrom = [conversationId, oldest.firstBorn, oldest.firstId]
  }

  function decodePacks(): void {
    const messages = packs.toReversed().flatMap(decodePack)
    packs = []
    packed.unshift(
      ...(before === undefined ? messages : messages.filter((one) => comparePlaces(one, before) < 0)),
    )
  }

  return {
    async prefetch() {
      // What takes longest first: it is taken apart while the others are read.
      await Promise.all([readPacks(), readTail()])
    },
    fetched: () => ({ tail: tail.toReversed(), packs, tailEnded, packsEnded }),
    async next() {
      for (;;) {
        if (tail.length === 0 && !tailEnded) await readTail()
        else if (packed.length === 0 && packs.length > 0) decodePacks()
        else if (packed.length === 0 && !packsEnded) await readPacks()
        else {
          const fromTail = tail.at(-1)
          const fromPack = packed.at(-1)
          if (fromTail === undefined && fromPack === undefined) return undefined
          if (fromTail !== undefined && (fromPack === undefined || comparePlaces(fromTail, fromPack) >= 0)) {
            tail.pop()
            if (fromTail.moved !== true) return fromTail
          } else if (fromPack !== undefined) {
            packed.pop()
            if (!overridden.has(fromPack.id)) return fromPack
          }
        }
      }
    },
  }
}
