import { once } from 'node:events'
import { type IncomingMessage, request as requestRaw } from 'node:http'
import type { Page } from '@playwright/test'
import { ACCOUNT_HEADER } from '../../src/domain/account-header.ts'
import { API_BASE } from '../../src/domain/wire.ts'

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
  const { text, ...answer } = await page.evaluate(
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
        ...(body === undefined ? {} : { body }),
      })
      const text = await answer.text()
      return { status: answer.status, headers: Object.fromEntries(answer.headers), text }
    },
    {
      url: `${API_BASE}${path}`,
      base: API_BASE,
      method,
      accountHeader: ACCOUNT_HEADER,
      options: asText(options),
    },
  )
  return { ...answer, body: parsed(text) }
}

/** Sends exactly this, as a program that is no browser could; `path` goes out as it is written. */
export async function askRaw(
  url: string,
  request: {
    readonly method: string
    readonly path: string
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: string | Buffer
  },
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const { method, path, headers = {}, body } = request
  const sent = requestRaw({ hostname, port, method, path, headers })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const told = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
  )
  return { status: answer.statusCode ?? 0, headers: told, body: parsed(text) }
}

/** Made into JSON before it goes to the page: not every value survives that way. */
function asText({ body, ...options }: AskOptions): Omit<AskOptions, 'body'> & { readonly body?: string } {
  if (body === undefined) return options
  return { ...options, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text // No JSON: the text itself.
  }
}
