import type { Page } from '@playwright/test'
import { ACCOUNT_HEADER, API_BASE } from '../../src/domain/wire.ts'

export type AskOptions = {
  /** What the account header says; null: no such header. Default: the account of the page's session. */
  readonly account?: string | null
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is when it is a text, else as JSON. */
  readonly body?: unknown
}
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body parsed, or as text when it is no JSON. */
  readonly body: unknown
}

/** Asks the cloud from a page, with the session's cookies, as a script of the app could. `path` is below the API's base. */
export async function ask(
  page: Page,
  method: string,
  path: string,
  options: AskOptions = {},
): Promise<Answer> {
  return page.evaluate(
    async ({ url, base, method, accountHeader, options }) => {
      const { account, headers = {}, body } = options
      const session = async () => (await (await fetch(`${base}/session`)).json()).accountId as string
      const named = account === undefined ? await session() : account
      const answer = await fetch(url, {
        method,
        headers: {
          ...(named === null ? {} : { [accountHeader]: named }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await answer.text()
      let parsed: unknown = text
      try {
        parsed = JSON.parse(text)
      } catch {
        // No JSON: the text itself.
      }
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: parsed }
    },
    { url: `${API_BASE}${path}`, base: API_BASE, method, accountHeader: ACCOUNT_HEADER, options },
  )
}
