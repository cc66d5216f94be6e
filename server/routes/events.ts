import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import { MAX_EVENT_STREAMS } from '../limits.ts'
import { problem } from '../problem.ts'
import type { ServerContext, ServerEnv } from './context.ts'
import { requiredProjectId } from './query.ts'

/** Open event streams, to count and to cap them. */
export type EventStreams = { readonly openByAccount: Map<string, number> }

export const createEventStreams = (): EventStreams => ({ openByAccount: new Map() })

/**
 * `GET /events`: server-sent events. `poke {projectId, cursor}` at the beginning and after each change, of the project that
 * `?projectId=` names or else of any of the account's; a comment as heartbeat; never data. The stream ends when the session
 * does, within one heartbeat.
 */
export async function getEvents(
  server: ServerContext,
  streams: EventStreams,
  c: Context<ServerEnv>,
): Promise<Response> {
  const { heartbeatMs, closing } = server
  const { accountId: account } = c.get('session')
  const feed = feedOf(server, account, c.req.query('projectId'))
  const open = streams.openByAccount.get(account) ?? 0
  if (open >= MAX_EVENT_STREAMS) {
    return problem(429, 'sync/too-many-requests', {
      retryAfter: 60,
      detail: 'Too many event streams are open.',
    })
  }
  const response = streamSSE(c, async (stream) => {
    const ended = Promise.withResolvers<void>()
    const end = () => ended.resolve()
    let isPoking = false
    let isDirty = false
    const toldByProject = new Map<string, string>()

    // Several changes in a row become one poke with the newest cursor; what was told is not told again.
    async function poke() {
      isDirty = true
      if (isPoking) return
      isPoking = true
      while (isDirty && !stream.aborted) {
        isDirty = false
        for (const [projectId, cursor] of await feed.heads()) {
          if (toldByProject.get(projectId) === cursor) continue
          toldByProject.set(projectId, cursor)
          server.metrics.poked()
          await stream.writeSSE({ event: 'poke', data: JSON.stringify({ projectId, cursor }) })
        }
      }
      isPoking = false
    }

    async function beat() {
      const session = await server.authenticate(c.req.raw)
      if (session?.accountId !== account) end()
      else await stream.write(': heartbeat\n\n')
    }

    countStream(server, streams, account, 1)
    stream.onAbort(end)
    closing.addEventListener('abort', end)
    // A stream that cannot go on ends: the client opens another one, or polls.
    const timer = setInterval(() => void beat().catch(end), heartbeatMs)
    let unsubscribe = () => {}
    try {
      unsubscribe = await feed.subscribe(() => void poke().catch(end))
      if (closing.aborted || stream.aborted) end()
      else void poke().catch(end)
      await ended.promise
    } catch {
      // The database failed while subscribing: the stream ends as above.
    } finally {
      clearInterval(timer)
      closing.removeEventListener('abort', end)
      unsubscribe()
      countStream(server, streams, account, -1)
    }
  })
  response.headers.set('Cache-Control', 'no-store')
  // Proxies that buffer would hold the pokes back.
  response.headers.set('X-Accel-Buffering', 'no')
  return response
}

/** What a stream is about: one project, or all that the account has and will have. */
function feedOf({ storage }: ServerContext, account: string, name: string | undefined) {
  if (name === undefined) {
    return {
      heads: () => storage.heads(account),
      subscribe: async (changed: () => void) => storage.subscribeAccount(account, changed),
    }
  }
  const project = { account, projectId: requiredProjectId(name) }
  return {
    heads: async () => new Map([[project.projectId, await storage.head(project)]]),
    subscribe: (changed: () => void) => storage.subscribe(project, changed),
  }
}

function countStream(
  { metrics }: ServerContext,
  { openByAccount }: EventStreams,
  account: string,
  change: 1 | -1,
) {
  const open = (openByAccount.get(account) ?? 0) + change
  if (open > 0) openByAccount.set(account, open)
  else openByAccount.delete(account)
  metrics.eventStreamsChanged([...openByAccount.values()].reduce((sum, each) => sum + each, 0))
}
