import { ChatkeepError } from '../domain/errors.ts'
import type { SettingRecord } from '../ports/records.ts'

/** Why a database takes no calls any more; stored in it under `state`, so that every transaction can check it. */
export type DatabaseState = { readonly kind: 'closed' } | { readonly kind: 'moved'; readonly to: string }

/** Rejects calls to a database that was signed out of, or whose content moved to an account's. The page asks for its session again. */
export function assertOpen(database: string, record: SettingRecord | undefined): void {
  const state = record?.value as DatabaseState | null | undefined
  if (state === undefined || state === null) return
  if (state.kind === 'moved') throw movedAway(database, state.to)
  throw new ChatkeepError(
    'account/closed',
    'This account was signed out of on this browser. Its conversations are kept; sign in again to see and sync them.',
    { details: { database } },
  )
}

/** The answer to a call that names a database whose content an account took over. */
export function movedAway(database: string, movedTo: string): ChatkeepError {
  return new ChatkeepError(
    'account/moved',
    'These conversations moved to the account that signed in. Nothing was lost or written here; repeat the call there.',
    { retryable: true, details: { database, movedTo } },
  )
}
