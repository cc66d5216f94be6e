import type { Hashing } from '../../../ports/random.ts'
import type { PlainShown, PlainSync, ShownRegister } from '../../../ports/records/plain-sync.ts'
import type { ReadTransaction, WriteTransaction } from '../../../ports/storage.ts'
import { type Mine, standingHeads } from './mine.ts'

/** What is remembered of a conversation on a plain server between two looks at it. */
export type Ground = {
  readonly projectId: string
  readonly conversationId: string
  /** Undefined: it was never looked at. */
  readonly sync: PlainSync | undefined
  readonly shown: PlainShown['shown']
}

const keyOf = (store: 'p' | 'q', projectId: string, conversationId: string) =>
  `${store}:${projectId}\n${conversationId}`

export async function readGround(
  tx: ReadTransaction,
  projectId: string,
  conversationId: string,
): Promise<Ground> {
  const [sync, shown] = await Promise.all([
    tx.get('sync_metadata', keyOf('p', projectId, conversationId)),
    tx.get('sync_metadata', keyOf('q', projectId, conversationId)),
  ])
  return {
    projectId,
    conversationId,
    sync: sync?.kind === 'plain' ? sync : undefined,
    shown: shown?.kind === 'plain-shown' ? shown.shown : {},
  }
}

/** Writes what changed, and answers it. */
export async function writeGround(
  tx: WriteTransaction,
  ground: Ground,
  change: Pick<PlainSync, 'present' | 'checkedAt'> & Partial<Pick<PlainSync, 'closed' | 'listed' | 'etag'>>,
  shown: PlainShown['shown'],
): Promise<Ground> {
  const { projectId, conversationId } = ground
  const { listed = ground.sync?.listed ?? null, ...changed } = change
  const sync: PlainSync = {
    key: keyOf('p', projectId, conversationId),
    kind: 'plain',
    conversationId,
    projectId,
    version: (ground.sync?.version ?? 0) + 1,
    listed,
    ...changed,
  }
  await tx.put('sync_metadata', sync)
  if (shown !== ground.shown) {
    const key = keyOf('q', projectId, conversationId)
    await tx.put('sync_metadata', { key, kind: 'plain-shown', shown })
  }
  return { ...ground, sync, shown }
}

/** As if the server had never been asked for the conversation. */
export async function forgetGround(
  tx: WriteTransaction,
  projectId: string,
  conversationId: string,
): Promise<void> {
  for (const store of ['p', 'q'] as const)
    await tx.delete('sync_metadata', keyOf(store, projectId, conversationId))
}

/** Of every conversation of a project that was ever looked at. */
export async function readPlainSyncs(tx: ReadTransaction, projectId: string): Promise<PlainSync[]> {
  const range = { lower: `p:${projectId}\n`, upper: `p:${projectId}\n\uffff` }
  const records = await tx.scan('sync_metadata', { range })
  return records.filter((record) => record.kind === 'plain')
}

export const hashOf = (hashing: Hashing, value: unknown): string =>
  hashing.hash(JSON.stringify(value) ?? '').slice(0, 12)

/** The server shows what this device has on a register: the heads here stand for it. The same object when that is known. */
export function noted(
  known: ShownRegister | undefined,
  hash: string,
  mine: Mine,
  register: string,
): ShownRegister {
  const heads = standingHeads(mine, register)
  const ids = heads.map(({ id }) => id)
  const isKnown =
    known?.hash === hash && known.ids.length === ids.length && known.ids.every((id) => ids.includes(id))
  if (isKnown && known.declined === undefined) return known
  const before = known?.hash === hash ? known.before : known?.hash
  const stamp = Math.max(-1, ...heads.map((head) => head.stamp))
  return { hash, ...(before === undefined ? {} : { before }), stamp, ids }
}
