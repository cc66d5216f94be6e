import type { FreedSpace } from '../../domain/service.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Disk } from '../../ports/disk.ts'
import type { ReadTransaction } from '../../ports/storage.ts'
import { collectFiles } from '../blobs.ts'
import type { OpenDatabase } from '../open-database.ts'
import type { Database } from '../unit.ts'
import { candidatesIn, provenAt } from './candidates.ts'
import { bytesToFree } from './pressure.ts'

/** When a write found the disk full: so much is freed before it is tried again. */
const RELIEF_BYTES = 4 * 1024 * 1024
/** A relief that did not help is not repeated for so long: browsers give back small records only when they tidy up. */
const FRUITLESS_REST_MS = 10 * 60 * 1000
/** What was opened or written so lately stays, as far as this engine saw it; for a write that finds the disk full only the last few. */
const OPENED_KEPT_MS = 30 * 60 * 1000
const OPENED_KEPT_WHEN_FULL = 3
/** Before the disk is full conversations are freed at most this often: what the browser says is in use falls late. */
const ROOM_INTERVAL_MS = 24 * 60 * 60 * 1000
const SLICE_MS = 5_000
const MAX_OPENED = 8
/** Setting: when room was last made, and how many bytes of it are still to be freed. */
const ROOM = 'room'
type Room = { readonly at: number; readonly leftBytes: number }

const NOTHING: FreedSpace = { conversationCount: 0, bytes: 0 }

/** Takes messages off this device that the cloud has, when there is no room: the least lately active conversations first. */
export type Freeing = {
  /** A write found the disk full. Answers whether anything was freed, so that it may be tried once more. */
  relieve(isNeeded: ReadonlySet<string>): Promise<boolean>
  /** A write failed although room was made. */
  noteFruitless(): void
  /** At a wake-up when `roomDue` says so: makes room before the disk is full. Answers whether it set about it. Never rejects. */
  keepRoom(leftBytes: number): Promise<boolean>
  /** A person asks: everything that is not in use. */
  freeAll(): Promise<FreedSpace>
  /** Somebody reads or writes it. */
  noteOpened(conversationId: string): void
}

export function createFreeing(parts: {
  readonly database: OpenDatabase
  readonly clock: Clock
  readonly disk: Disk
  /** Whether there is a cloud and an account to fetch from again. */
  readonly canFetch: boolean
}): Freeing {
  const { database, clock, disk, canFetch } = parts
  /** Making room waits for nobody: what it is made for may stand before it in the queue. */
  const aside: Database = { ...database, write: (_durability, work) => database.aside(work) }
  const openedAt = new Map<string, number>()
  let restsUntil: number | null = null
  let relieving: Promise<boolean> | undefined

  async function free(
    wantedBytes: number,
    isKept: (id: string) => boolean,
    endAt = Number.POSITIVE_INFINITY,
  ): Promise<FreedSpace & { readonly isExhausted: boolean }> {
    if (!canFetch) return { ...NOTHING, isExhausted: true }
    let freed = NOTHING
    for (const id of await inOrder()) {
      if (freed.bytes >= wantedBytes || clock.now() >= endAt) return { ...freed, isExhausted: false }
      if (isKept(id)) continue
      const bytes = await freeOne(id)
      if (bytes > 0) freed = { conversationCount: freed.conversationCount + 1, bytes: freed.bytes + bytes }
    }
    return { ...freed, isExhausted: true }
  }

  /** One conversation in one transaction, which is whole or not at all. */
  async function freeOne(id: string): Promise<number> {
    try {
      return await database.aside(async (unit) => {
        const proven = await provenAt(unit.tx, database, id)
        return proven === null ? 0 : unit.free(id, proven)
      })
    } catch {
      return 0 // Nothing of it changed; perhaps even this little did not fit.
    }
  }

  /** What was opened lately goes last, the latest at the end. */
  async function inOrder(): Promise<readonly string[]> {
    const candidates = await candidatesIn(database)
    const known = new Set(candidates)
    const opened = [...openedAt.keys()].filter((id) => known.has(id) && isOpen(id))
    return [...candidates.filter((id) => !isOpen(id)), ...opened]
  }

  function isOpen(id: string): boolean {
    const at = openedAt.get(id)
    return at !== undefined && Math.abs(clock.now() - at) < OPENED_KEPT_MS
  }

  async function relieveNow(isNeeded: ReadonlySet<string>): Promise<boolean> {
    const now = clock.now()
    if (restsUntil !== null && now < restsUntil && restsUntil - now <= FRUITLESS_REST_MS) return false
    const last = new Set([...openedAt.keys()].filter(isOpen).slice(-OPENED_KEPT_WHEN_FULL))
    const { conversationCount } = await free(RELIEF_BYTES, (id) => isNeeded.has(id) || last.has(id))
    if (conversationCount > 0) await collectFiles(aside, clock)
    return conversationCount > 0
  }

  async function makeRoom(wantedBytes: number): Promise<void> {
    const now = clock.now()
    const { bytes, isExhausted } = await free(wantedBytes, isOpen, now + SLICE_MS)
    const leftBytes = isExhausted ? 0 : Math.max(0, wantedBytes - bytes)
    await database.aside(async ({ tx }) => {
      await tx.put('settings', { name: ROOM, value: { at: now, leftBytes } satisfies Room })
    })
  }

  return {
    relieve(isNeeded) {
      relieving ??= relieveNow(isNeeded)
        .catch(() => false) // The write says that the disk is full.
        .finally(() => {
          relieving = undefined
        })
      return relieving
    },
    noteFruitless() {
      restsUntil = clock.now() + FRUITLESS_REST_MS
    },
    async keepRoom(leftBytes) {
      if (!canFetch) return false
      try {
        const wantedBytes = leftBytes > 0 ? leftBytes : await bytesToFree(disk)
        if (wantedBytes <= 0) return false
        await makeRoom(wantedBytes)
      } catch {
        // What was freed is freed; the next wake-up goes on.
      }
      return true
    },
    async freeAll() {
      const { conversationCount, bytes } = await free(Number.POSITIVE_INFINITY, isOpen)
      if (conversationCount > 0) await collectFiles(aside, clock)
      return { conversationCount, bytes }
    },
    noteOpened(conversationId) {
      openedAt.delete(conversationId)
      openedAt.set(conversationId, clock.now())
      const oldest = openedAt.keys().next()
      if (openedAt.size > MAX_OPENED && !oldest.done) openedAt.delete(oldest.value)
    },
  }
}

/** Bytes of which room is still being made; 0 when it is time to see how much there is, null before that. */
export async function roomDue(tx: ReadTransaction, now: number): Promise<number | null> {
  const room = (await tx.get('settings', ROOM))?.value as Room | undefined
  if (room === undefined) return 0
  return room.leftBytes > 0 || Math.abs(now - room.at) >= ROOM_INTERVAL_MS ? room.leftBytes : null
}
