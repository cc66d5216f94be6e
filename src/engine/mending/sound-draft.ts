import type { DraftRecord } from '../../ports/records/draft.ts'
import type { Key, WriteTransaction } from '../../ports/storage.ts'
import { isSoundDraft } from './sound.ts'

/** A draft; one that is damaged goes: what its writer has grown it to since comes with the next checkpoint. */
export async function readDraft(tx: WriteTransaction, key: Key): Promise<DraftRecord | undefined> {
  const draft = await tx.get('drafts', key)
  if (draft === undefined || isSoundDraft(draft)) return draft
  await tx.delete('drafts', key)
  return undefined
}
