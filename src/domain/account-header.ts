/** Names the account that the local database belongs to; a session of another account answers 401 `sync/wrong-account`. */
export const ACCOUNT_HEADER = 'X-Chatkeep-Account'

/**
 * An account's id as the header carries it. Visible ASCII goes as it is; an id with anything else, blanks and `%` included, is percent-encoded
 * (UTF-8), because a header has no letters beyond Latin-1 and no blanks at its ends (RFC 9110, 5.5). No two ids look the same.
 */
export const accountToHeader = (accountId: string): string =>
  /^[!-$&-~]+$/.test(accountId) ? accountId : encodeURIComponent(accountId)

/** The id that a header names; null for what no id is written as. */
export function headerToAccount(value: string): string | null {
  try {
    return decodeURIComponent(value)
  } catch {
    return null
  }
}
