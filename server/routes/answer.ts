import { rowToJson, type ShownRow } from '../storage/log-row.ts'
import type { ConversationPage } from '../storage/read-conversation.ts'

/** A JSON answer that no cache keeps. */
export function jsonAnswer(
  text: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  })
}

export function notModified(etag: string): Response {
  return new Response(null, { status: 304, headers: { ETag: etag, 'Cache-Control': 'no-store' } })
}

/** Rows of the log as a JSON array. */
export function rowsToJson(rows: readonly ShownRow[]): string {
  return `[${rows.map(rowToJson).join(',')}]`
}

/** One conversation as `GET /conversations/{id}` and the plain POST answer it. */
export function pageToJson(page: ConversationPage): string {
  const { conversation, messages, cursor, next } = page
  const rest = JSON.stringify({ conversation, messages, cursor, next }).slice(1)
  return `{"operations":${rowsToJson(page.operations)},"purges":${rowsToJson(page.purges)},${rest}`
}
