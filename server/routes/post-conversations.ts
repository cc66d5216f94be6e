import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { ChatkeepError } from '../../src/domain/errors.ts'
import { isPlainText } from '../../src/domain/ids.ts'
import { utf8Length } from '../../src/domain/json.ts'
import type { Operation } from '../../src/domain/operation.ts'
import { type PostAnswer, type PostBody, postBodySchema } from '../../src/domain/wire.ts'
import { DEFAULT_PAGE_MESSAGES, PAGE_BYTES } from '../limits.ts'
import { type PlainBody, plainBodySchema } from '../plain/plain-body.ts'
import { problem } from '../problem.ts'
import { invalid, parseJson, parseWith, readText } from '../request-body.ts'
import { jsonAnswer, pageToJson } from './answer.ts'
import type { ServerContext, ServerEnv } from './context.ts'
import { ifMatch } from './etag.ts'

/** `POST /conversations`: operations of several conversations, or one conversation in the plain form. */
export async function postConversations(server: ServerContext, c: Context<ServerEnv>): Promise<Response> {
  const body = parseJson(await readText(c.req.raw, server.limits.maxBodyBytes))
  const isPlain = typeof body === 'object' && body !== null && Object.hasOwn(body, 'messages')
  return isPlain
    ? postPlain(server, c, parseWith(plainBodySchema, body))
    : postOperations(server, c, parseWith(postBodySchema, body))
}

async function postOperations(
  server: ServerContext,
  c: Context<ServerEnv>,
  body: PostBody,
): Promise<Response> {
  const { storage, metrics, now } = server
  const all = body.conversations.flatMap((conversation, index) => {
    checkPlacing(conversation, index)
    return conversation.operations as readonly Operation[]
  })
  checkCount(server, all.length)
  const rejected: PostAnswer['rejected'] = []
  const operations: Operation[] = []
  for (const operation of all) {
    const code = refusalOf(server, operation)
    if (code === null) operations.push(operation)
    else rejected.push({ id: operation.id, ...code })
  }
  const { accountId: account } = c.get('session')
  const { projectId, cursor } = body
  const appended = await storage.append({ account, projectId, cursor, operations, now: now() })
  metrics.operationsStored(appended.added)
  const { accepted, held, head } = appended
  const isAccepted = new Set<string>(accepted)
  return jsonAnswer(
    JSON.stringify({ accepted, held, rejected: rejected.filter(({ id }) => !isAccepted.has(id)), head }),
  )
}

/** Operations belong to the conversation that they stand under, and name registers that every database can keep. */
function checkPlacing({ id, operations }: PostBody['conversations'][number], index: number): void {
  for (const [position, operation] of operations.entries()) {
    const path = `conversations.${index}.operations.${position}`
    if (operation.conversationId !== id) {
      throw invalid(
        `${path}.conversationId`,
        `${path}.conversationId: expected the id of the conversation around it.`,
      )
    }
    if (operation.kind !== 'purge' && !isPlainText(operation.register)) {
      throw invalid(`${path}.register`, `${path}.register: expected text without control characters.`)
    }
  }
}

function checkCount({ limits }: ServerContext, count: number): void {
  const max = limits.maxOperationsPerRequest
  if (count <= max) return
  throw new ChatkeepError(
    'sync/too-large',
    `One request may carry ${max} operations. Nothing was stored; send fewer.`,
    {
      details: { limit: 'maxOperationsPerRequest', max },
    },
  )
}

function refusalOf({ limits }: ServerContext, operation: Operation): { code: string; detail: string } | null {
  if (operation.kind !== 'set') return null
  const bytes = utf8Length(JSON.stringify(operation))
  if (bytes <= limits.maxOperationBytes) return null
  return {
    code: 'sync/too-large',
    detail: `${bytes} bytes; an operation may have ${limits.maxOperationBytes}.`,
  }
}

async function postPlain(server: ServerContext, c: Context<ServerEnv>, body: PlainBody): Promise<Response> {
  const { storage, limits, metrics, now } = server
  checkCount(server, body.messages.length + (body.tags?.length ?? 0))
  for (const [index, message] of body.messages.entries()) {
    if (utf8Length(JSON.stringify(message)) > limits.maxOperationBytes - 4_096) {
      throw new ChatkeepError('sync/too-large', `messages.${index} is too large. Nothing was stored.`, {
        details: { limit: 'maxOperationBytes', max: limits.maxOperationBytes, path: `messages.${index}` },
      })
    }
  }
  const { accountId: account } = c.get('session')
  const conversationId = body.id ?? randomUUID()
  const matches = ifMatch(c.req.header('If-Match'))
  const { outcome, added } = await storage.savePlain({ account, conversationId, body, matches, now: now() })
  metrics.operationsStored(added)
  if (outcome === 'purged') {
    return problem(410, 'sync/gone', {
      detail: 'This conversation was deleted. Nothing was stored; save it under a new id.',
    })
  }
  const page = await storage.readConversation({
    account,
    conversationId,
    projectId: body.projectId,
    cursor: undefined,
    before: undefined,
    limit: DEFAULT_PAGE_MESSAGES,
    maxBytes: PAGE_BYTES,
  })
  const headers: Record<string, string> = page === undefined ? {} : { ETag: page.etag }
  if (outcome === 'mismatch') return changedSince(page === undefined ? null : pageToJson(page), headers)
  if (page === undefined) return jsonAnswer('{}', outcome === 'created' ? 201 : 200)
  if (outcome === 'created')
    headers.Location = `${new URL(c.req.url).pathname}/${encodeURIComponent(conversationId)}`
  return jsonAnswer(pageToJson(page), outcome === 'created' ? 201 : 200, headers)
}

/** 412: the caller has not seen the current state, which comes along. */
export function changedSince(current: string | null, headers: Readonly<Record<string, string>>): Response {
  return problem(412, 'sync/rejected', {
    detail:
      'The conversation has changed since the state that If-Match names. Nothing was changed; unite and send again.',
    members: { current: current === null ? null : (JSON.parse(current) as unknown) },
    headers,
  })
}
