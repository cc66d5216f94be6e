import type { ErrorCode, ErrorRecord } from '../../domain/errors.ts'

const REMEDIES: Partial<Record<ErrorCode, string>> = {
  'sync/off': 'Switch sync on to send what is kept here.',
  'sync/offline': 'Nothing to do: it is sent by itself when the network is back.',
  'sync/server-error': 'Nothing to do: it is tried again by itself. If this stays, look at the cloud’s logs.',
  'sync/too-many-requests': 'Nothing to do: the cloud asked for a pause, and it is sent by itself after it.',
  'sync/bad-answer':
    'Something between here and the cloud answers in its place. Check the network’s sign-in page and the configured URL.',
  'sync/auth-required': 'Sign in again; what waits is then sent by itself.',
  'sync/wrong-account':
    'Sign in with the account that these conversations belong to; what waits is then sent by itself.',
  'account/gone': 'Export what this device keeps, then sign out; the account cannot be entered any more.',
  'sync/gone':
    'Nothing to do: the cloud was restored or replaced, and everything is compared and offered again.',
  'sync/too-large': 'Shorten or remove the message, or export it and retry; everything else is synced.',
  'sync/rejected': 'Retry it, or export it and remove it; everything else is synced.',
  'storage/quota': 'Free space on this device, or delete conversations; nothing that was saved is lost.',
  'storage/connection-lost': 'Nothing to do: the database is opened again by itself.',
  'storage/unavailable': 'Reload the page; if this stays, the browser refuses storage to this site.',
}

/** What a person can do about conversations that were freed. */
export const FREED_REMEDY =
  'Nothing to do: opening a conversation fetches it again. To keep more on this device, free space on it.'

const ANY = 'Nothing was lost: it is kept here and tried again. If this stays, report it with its code.'

/** Asked again by itself: what answers at that address refuses whatever it is asked, so that no single change is at fault. */
const REFUSES_ALL =
  'Check `cloud.url`, and what the server there allows. Everything is kept here, and tried again by itself.'

/** What a person can do about an error that a sync ended with. */
export function remedyFor({ code, retryable }: Pick<ErrorRecord, 'code' | 'retryable'>): string {
  return code === 'sync/rejected' && retryable ? REFUSES_ALL : (REMEDIES[code] ?? ANY)
}
