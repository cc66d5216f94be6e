import type { Context } from 'hono'
import { isId } from '../../src/domain/ids.ts'
import { DEFAULT_PAGE_MESSAGES, PAGE_BYTES } from '../limits.ts'
import { problem } from '../problem.ts'
import { jsonAnswer, notModified, pageToJson } from './answer.ts'
import type { ServerContext, ServerEnv } from './context.ts'
import { ifMatch, isNotModified } from './etag.ts'
import { changedSince } from './post-conversations.ts'
import { optionalCursor, optionalProjectId, pageLimit } from './query.ts'

const NOT_FOUND = { detail: 'This account has no such conversation.' }

/** `GET /conversations/{id}`: everything of one conversation up to a cursor, newest messages first, in pages. */
export async function getConversation(server: ServerContext, c: Context<ServerEnv>): Promise<Response> {
  const page = await readPage(server, c)
  if (page === undefined) return problem(404, 'input/not-found', NOT_FOUND)
  if (isNotModified(c.req.header('If-None-Match'), page.etag)) return notModified(page.etag)
  return jsonAnswer(pageToJson(page), 200, { ETag: page.etag })
}

/** `DELETE /conversations/{id}`: purges everything in it; 204 also when it is already gone. */
export async function deleteConversation(server: ServerContext, c: Context<ServerEnv>): Promise<Response> {
  const conversationId = c.req.param('id')
  if (!isId(conversationId)) return problem(404, 'input/not-found', NOT_FOUND)
  const outcome = await server.storage.purgeConversation({
    account: c.get('session').accountId,
    conversationId,
    projectId: optionalProjectId(c.req.query('projectId')),
    matches: ifMatch(c.req.header('If-Match')),
    now: server.now(),
  })
  if (outcome !== 'mismatch')
    return new Response(null, { status: 204, headers: { 'Cache-Control': 'no-store' } })
  const page = await readPage(server, c)
  return page === undefined ? changedSince(null, {}) : changedSince(pageToJson(page), { ETag: page.etag })
}

async function readPage({ storage, limits }: ServerContext, c: Context<ServerEnv>) {
  const conversationId = c.req.param('id')
  if (!isId(conversationId)) return undefined
  return storage.readConversation({
    account: c.get('session').accountId,
    conversationId,
    projectId: optionalProjectId(c.req.query('projectId')),
    cursor: optionalCursor(c.req.query('cursor')),
    before: c.req.query('before'),
    limit: pageLimit(c.req.query('limit'), DEFAULT_PAGE_MESSAGES, limits.maxPageOperations),
    maxBytes: PAGE_BYTES,
  })
}
