import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { API_BASE } from '../../src/domain/wire.ts'
import { aPlainServer, type PlainServer, type PlainServerOptions } from '../../tests/builders/plain-server.ts'
import { SITE } from './site.ts'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** The test page and, below the same base as ours, a server that has only the requirement's four endpoints. */
export type PlainCloud = PlainServer & {
  readonly url: string
  /** Paths below the base that were asked for, each with its method. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

export async function startPlainCloud(options: PlainServerOptions): Promise<PlainCloud> {
  const plain = aPlainServer(options)
  const asked: string[] = []

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const path = incoming.url ?? '/'
    if (!path.startsWith(API_BASE)) return servePage(path, outgoing)
    const { method = 'GET' } = incoming
    const below = path.slice(API_BASE.length)
    asked.push(`${method} ${below}`)
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      ),
    )
    const body = (await incoming.setEncoding('utf8').toArray()).join('')
    const answered = plain.handle({ method, path: below, headers, body })
    outgoing
      .writeHead(answered.status, { ...answered.headers, 'cache-control': 'no-store' })
      .end(answered.body)
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.writeHead(500).end())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    ...plain,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function servePage(path: string, outgoing: ServerResponse): Promise<void> {
  const { pathname } = new URL(path, 'http://page.test')
  const file = pathname === '/' ? 'index.html' : pathname
  const content = await readFile(join(SITE, file)).catch(() => null)
  if (content === null) outgoing.writeHead(404).end()
  else
    outgoing
      .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' })
      .end(content)
}
