import type { Context } from 'hono'
import { DEFAULT_PAGE_CONVERSATIONS, DEFAULT_PAGE_OPERATIONS, PAGE_BYTES } from '../limits.ts'
import { jsonAnswer, notModified, rowsToJson } from './answer.ts'
import type { ServerContext, ServerEnv } from './context.ts'
import { isNotModified } from './etag.ts'
import { optionalCursor, pageLimit, requiredProjectId } from './query.ts'

/** `GET /conversations`: the delta after a cursor, or without one the plain list. */
export async function getConversations(server: ServerContext, c: Context<ServerEnv>): Promise<Response> {
  const { storage, limits } = server
  const { accountId: account } = c.get('session')
  const projectId = requiredProjectId(c.req.query('projectId'))
  const cursor = optionalCursor(c.req.query('cursor'))
  if (cursor !== undefined) {
    const limit = pageLimit(c.req.query('limit'), DEFAULT_PAGE_OPERATIONS, limits.maxPageOperations)
    const reached = optionalCursor(c.req.query('reached'))
    const asked = { account, projectId, cursor, reached, limit, maxBytes: PAGE_BYTES }
    const page = await storage.readDelta(asked)
    const end = JSON.stringify({ cursor: page.cursor, more: page.more }).slice(1)
    return jsonAnswer(
      `{"operations":${rowsToJson(page.operations)},"purges":${rowsToJson(page.purges)},${end}`,
    )
  }
  const list = await storage.listConversations({
    account,
    projectId,
    before: c.req.query('before'),
    limit: pageLimit(c.req.query('limit'), DEFAULT_PAGE_CONVERSATIONS, limits.maxPageOperations),
    includesTrashed: c.req.query('trashed') === 'include',
    includesGone: c.req.query('gone') === 'include',
  })
  // The head of the space: any write gives the list a new validator. On later pages it may be older than the page,
  // so these have none.
  const etag = `"${list.cursor}"`
  if (c.req.query('before') !== undefined) return jsonAnswer(JSON.stringify(list))
  if (isNotModified(c.req.header('If-None-Match'), etag)) return notModified(etag)
  return jsonAnswer(JSON.stringify(list), 200, { ETag: etag })
}
