import * as v from 'valibot'
import type { NetworkResponse } from '../../ports/network.ts'

/** What a server said about its refusal, as far as it can be read. */
export type ServerError = {
  readonly code: string | null
  readonly message: string | null
  readonly retryAfterS: number | null
}

const MAX_MESSAGE_LENGTH = 300
const UNREADABLE: ServerError = { code: null, message: null, retryAfterS: null }

const textSchema = v.pipe(v.string(), v.maxLength(10_000))
const problemShape = v.looseObject({
  code: v.optional(textSchema),
  title: v.optional(textSchema),
  detail: v.optional(textSchema),
  retryAfter: v.optional(v.number()),
})
const nestedShape = v.looseObject({
  error: v.looseObject({
    code: v.optional(v.union([textSchema, v.number()])),
    message: v.optional(textSchema),
  }),
})
const plainShape = v.looseObject({ error: textSchema })

/**
 * Reads the four shapes that servers in the field answer with: problem details or `{error: {code, message}}`,
 * `{error: "text"}`, plain text, and a proxy's HTML (of which nothing is shown).
 */
export function readServerError(response: Pick<NetworkResponse, 'body'>): ServerError {
  const text = response.body.trim()
  if (text === '' || text.startsWith('<')) return UNREADABLE
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    // Not JSON: then the text itself is the message.
    return { ...UNREADABLE, message: shorten(text) }
  }
  if (v.is(nestedShape, body)) {
    const { code, message } = body.error
    return { ...UNREADABLE, code: code === undefined ? null : String(code), message: shorten(message) }
  }
  if (v.is(plainShape, body)) return { ...UNREADABLE, message: shorten(body.error) }
  if (v.is(problemShape, body)) {
    return {
      code: body.code ?? null,
      message: shorten(body.detail ?? body.title),
      retryAfterS: body.retryAfter ?? null,
    }
  }
  return typeof body === 'string' ? { ...UNREADABLE, message: shorten(body) } : UNREADABLE
}

function shorten(text: string | undefined): string | null {
  if (text === undefined || text === '') return null
  return text.length > MAX_MESSAGE_LENGTH ? `${text.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : text
}
