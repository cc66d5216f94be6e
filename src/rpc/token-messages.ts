/** Channel of a worker's questions for a bearer token and of the pages' answers. */
export const TOKEN_CHANNEL = 'chatkeep-token/1'

/** Worker to page. Only a page that talks to that cloud answers. */
export type TokenQuestion = {
  readonly channel: typeof TOKEN_CHANNEL
  readonly id: string
  readonly cloudUrl: string
}
/** Page to worker; null when the page has none. */
export type TokenAnswer = {
  readonly channel: typeof TOKEN_CHANNEL
  readonly id: string
  readonly token: string | null
}
