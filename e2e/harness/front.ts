import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestUpstream,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'

/** A request as it arrived at the front, and what was answered. */
export type SeenRequest = {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly at: number
  /** Undefined while it is held, or when the connection was cut. */
  status?: number
  /** True when the server behind the front has answered it, whatever the client heard. */
  reachedServer?: boolean
  /** True when the answer has ended, or its connection was closed: of a stream of events that nobody listens any more. */
  isOver?: boolean
}

export type Matcher = {
  readonly method?: string
  readonly path?: RegExp
  /** How many requests it applies to; after them it is over. Default: all. */
  readonly times?: number
}

export type CannedAnswer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A fault in force. */
export type Fault = {
  /** Requests that it has hit so far. */
  readonly hits: readonly SeenRequest[]
  /** Resolves when the next request is hit. */
  next(): Promise<SeenRequest>
  end(): void
}
export type Hold = Fault & {
  /** Lets everything that is held go on, and what comes later pass at once. */
  release(): void
}

type Rule = Fault & {
  readonly matcher: Matcher
  readonly hits: SeenRequest[]
  readonly act: (exchange: Exchange) => Promise<void>
}
type Exchange = {
  readonly seen: SeenRequest
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  readonly body: Buffer
}
type Upstream = { readonly host: string; readonly port: number }

/** Passes requests on to a server, and does to them what a bad network or a failing server would do. */
export type Front = {
  readonly url: string
  readonly requests: readonly SeenRequest[]
  /** The server that requests go to; undefined: it is down and connections are cut. */
  setUpstream(upstream: Upstream | undefined): void
  /** Answers in the server's place. */
  answer(matcher: Matcher, answer: CannedAnswer | ((seen: SeenRequest) => CannedAnswer)): Fault
  /** Gives every answer of the server another header; undefined takes the header away. */
  overrideHeader(name: string, value: string | undefined): void
  /** Serves a text as a JSON file to the page, so that what it holds reaches the page as it is. Answers its path. */
  serve(json: string): string
  /** Closes the socket before the server saw the request. */
  cutBefore(matcher: Matcher): Fault
  /** The server answers (has committed); then the socket is closed without a word of the answer. */
  cutAfter(matcher: Matcher): Fault
  /** Keeps requests from the server until released. */
  holdRequests(matcher: Matcher): Hold
  /** Keeps the server's answers from the client until released. */
  holdAnswers(matcher: Matcher): Hold
  /** Closes the listening socket and every connection: nobody can connect. */
  shut(): Promise<void>
  /** Listens again on the same port. */
  open(): Promise<void>
  close(): Promise<void>
}

export async function startFront(host = '127.0.0.1'): Promise<Front> {
  const requests: SeenRequest[] = []
  const rules: Rule[] = []
  const sockets = new Set<Socket>()
  const served = new Map<string, string>()
  const headers = new Map<string, string | undefined>()
  let upstream: Upstream | undefined
  let server = await listen(0)
  const { port } = server.address() as AddressInfo

  async function listen(on: number): Promise<Server> {
    const created = createServer((incoming, outgoing) => {
      serve(incoming, outgoing).catch(() => outgoing.destroy())
    })
    created.on('connection', (socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
    })
    created.listen(on, host)
    await once(created, 'listening')
    return created
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming)
    const { method = 'GET', url: path = '/' } = incoming
    const seen: SeenRequest = {
      method,
      path,
      headers: incoming.headers,
      body: body.toString('utf8'),
      at: Date.now(),
    }
    const file = served.get(path)
    if (file !== undefined) return void outgoing.setHeader('Content-Type', 'application/json').end(file)
    requests.push(seen)
    outgoing.on('close', () => {
      seen.isOver = true
    })
    const rule = rules.find(
      ({ matcher, hits }) => matches(matcher, seen) && hits.length < (matcher.times ?? Infinity),
    )
    rule?.hits.push(seen)
    const exchange = { seen, incoming, outgoing, body }
    await (rule === undefined ? passOn(exchange) : rule.act(exchange))
  }

  /** The server's answer, not yet sent to the client. */
  async function ask({ seen, incoming, outgoing, body }: Exchange): Promise<IncomingMessage> {
    if (upstream === undefined) throw new Error('The server is down.')
    const request = requestUpstream({
      ...upstream,
      method: seen.method,
      path: seen.path,
      headers: incoming.headers,
    })
    outgoing.on('close', () => request.destroy())
    request.end(body)
    const [answer] = (await once(request, 'response')) as [IncomingMessage]
    seen.reachedServer = true
    return answer
  }

  async function passOn(exchange: Exchange): Promise<void> {
    deliver(exchange, await ask(exchange))
  }

  function deliver({ seen, outgoing }: Exchange, answer: IncomingMessage, body: Readable = answer): void {
    seen.status = answer.statusCode ?? 0
    const sent = Object.entries({ ...answer.headers, ...Object.fromEntries(headers) })
    outgoing.writeHead(seen.status, Object.fromEntries(sent.filter(([, value]) => value !== undefined)))
    body.on('error', () => outgoing.destroy())
    body.pipe(outgoing)
  }

  function addRule<Extra extends object>(matcher: Matcher, act: Rule['act'], extra: Extra): Fault & Extra {
    const waiting: ((seen: SeenRequest) => void)[] = []
    const hits: SeenRequest[] = []
    const rule: Rule = {
      matcher,
      hits,
      act: (exchange) => {
        for (const resolve of waiting.splice(0)) resolve(exchange.seen)
        return act(exchange)
      },
      next: () => new Promise((resolve) => waiting.push(resolve)),
      end: () => void rules.splice(rules.indexOf(rule) >>> 0, 1),
    }
    rules.unshift(rule) // The newest rule wins.
    return Object.assign(rule, extra)
  }

  function addHold(
    matcher: Matcher,
    act: (exchange: Exchange, released: Promise<void>) => Promise<void>,
  ): Hold {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    return addRule(matcher, (exchange) => act(exchange, released), { release })
  }

  return {
    url: `http://${host}:${port}`,
    requests,
    setUpstream(next) {
      upstream = next
    },
    answer: (matcher, canned) =>
      addRule(
        matcher,
        async ({ seen, outgoing }) => {
          const { status, headers = {}, body = '' } = typeof canned === 'function' ? canned(seen) : canned
          seen.status = status
          outgoing.writeHead(status, headers).end(body)
        },
        {},
      ),
    overrideHeader: (name, value) => void headers.set(name.toLowerCase(), value),
    serve(json) {
      const path = `/e2e-data/${served.size}.json`
      served.set(path, json)
      return path
    },
    cutBefore: (matcher) => addRule(matcher, async ({ outgoing }) => void outgoing.destroy(), {}),
    cutAfter: (matcher) =>
      addRule(
        matcher,
        async (exchange) => {
          const answer = await ask(exchange)
          await bytesOf(answer) // All of it: the server is done.
          exchange.outgoing.destroy()
        },
        {},
      ),
    holdRequests: (matcher) =>
      addHold(matcher, async (exchange, released) => {
        await released
        await passOn(exchange)
      }),
    holdAnswers: (matcher) =>
      addHold(matcher, async (exchange, released) => {
        const answer = await ask(exchange)
        const body = await bytesOf(answer)
        await released
        deliver(exchange, answer, Readable.from([body]))
      }),
    async shut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    async open() {
      server = await listen(port)
    },
    async close() {
      if (!server.listening) return
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function matches({ method, path }: Matcher, seen: SeenRequest): boolean {
  return (method === undefined || method === seen.method) && (path === undefined || path.test(seen.path))
}
