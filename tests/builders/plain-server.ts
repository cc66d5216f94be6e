type Request = {
  readonly method: string
  /** Below the base, with its query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
type Response = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
export type Document = {
  readonly id: string
  readonly projectId: string
  readonly messages: readonly { readonly id: string; readonly [key: string]: unknown }[]
  readonly [key: string]: unknown
}

export type PlainServerOptions = {
  /** Answers validators, obeys `If-Match` and `If-None-Match`, and answers 304. Without: who writes last wins. */
  readonly hasEtags: boolean
  /** Fields of a message that it keeps; default: all. */
  readonly keeps?: readonly string[]
}

/**
 * A server as somebody else would write it from the requirement: four endpoints over a map of documents. It knows nothing of operations,
 * and a POST replaces the document.
 */
export function aPlainServer({ hasEtags, keeps }: PlainServerOptions) {
  const documents = new Map<string, { readonly document: Document; readonly version: number }>()
  let versions = 0

  const etagOf = (id: string): string | undefined => {
    const stored = documents.get(id)
    return stored === undefined ? undefined : `"v${stored.version}"`
  }
  const answer = (status: number, body: unknown, id?: string, known?: string): Response => {
    const etag = hasEtags && id !== undefined ? etagOf(id) : undefined
    if (known !== undefined && known === etag) return { status: 304, headers: { etag }, body: '' }
    return {
      status,
      headers: { 'content-type': 'application/json', ...(etag === undefined ? {} : { etag }) },
      body: body === undefined ? '' : JSON.stringify(body),
    }
  }
  const isGuarded = (id: string, headers: Readonly<Record<string, string>>): boolean => {
    if (!hasEtags) return false
    const ifMatch = headers['if-match']
    if (ifMatch !== undefined && ifMatch !== etagOf(id)) return true
    return headers['if-none-match'] === '*' && documents.has(id)
  }
  const keep = (document: Document): Document => {
    if (keeps === undefined) return document
    const { id, projectId, title, archived, tags, createdAt, updatedAt } = document
    const messages = document.messages.map(
      (message) =>
        Object.fromEntries(Object.entries(message).filter(([key]) => keeps.includes(key))) as typeof message,
    )
    return { id, projectId, title, archived, tags, createdAt, updatedAt, messages }
  }

  function handle({ method, path, headers: given = {}, body }: Request): Response {
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
    )
    const url = new URL(path, 'http://plain.test')
    const [, resource, encoded, ...rest] = url.pathname.split('/')
    if (resource !== 'conversations' || rest.length > 0) return answer(404, { error: 'no such thing' })
    const id = encoded === undefined ? undefined : decodeURIComponent(encoded)
    if (method === 'GET' && id === undefined) {
      const projectId = url.searchParams.get('projectId')
      const all = [...documents.values()].map(({ document }) => document)
      const listed = answer(200, all.filter((document) => document.projectId === projectId).map(toMetadata))
      if (!hasEtags) return listed
      const etag = `W/"list ${versions}"`
      if (headers['if-none-match'] === etag) return { status: 304, headers: { etag }, body: '' }
      return { ...listed, headers: { ...listed.headers, etag } }
    }
    if (method === 'POST' && id === undefined) {
      const document = JSON.parse(body ?? '') as Document
      if (isGuarded(document.id, headers)) return answer(412, { error: 'changed since' }, document.id)
      const status = documents.has(document.id) ? 200 : 201
      put(document)
      return answer(status, documents.get(document.id)?.document, document.id)
    }
    const stored = id === undefined ? undefined : documents.get(id)
    if (id === undefined || stored === undefined) return answer(404, { error: 'no such conversation' })
    if (method === 'GET') return answer(200, stored.document, id, headers['if-none-match'])
    if (method !== 'DELETE') return answer(405, { error: 'not here' })
    if (isGuarded(id, headers)) return answer(412, { error: 'changed since' }, id)
    versions += 1
    documents.delete(id)
    return answer(204, undefined)
  }

  function put(document: Document): void {
    versions += 1
    documents.set(document.id, { document: keep(document), version: versions })
  }

  return {
    handle,
    request: async (request: Request): Promise<Response> => handle(request),
    document: (id: string): Document | undefined => documents.get(id)?.document,
    ids: (): readonly string[] => [...documents.keys()].sort(),
    /** Texts of a conversation's messages in order. */
    texts: (id: string): readonly string[] => (documents.get(id)?.document.messages ?? []).map(textOfListed),
    /** Another client, which never heard of chatkeep, changes a document at once. */
    change(id: string, change: (document: Document) => Document): void {
      const stored = documents.get(id)
      if (stored === undefined) throw new Error(`the server has no ${id}`)
      put(change(stored.document))
    },
    put,
    remove(id: string): void {
      versions += 1
      documents.delete(id)
    },
  }
}
export type PlainServer = ReturnType<typeof aPlainServer>

function toMetadata({ messages, ...fields }: Document): unknown {
  const { id, projectId, title, createdAt, updatedAt, archived } = fields
  const lastMessage = textOfListed(messages.at(-1) ?? {})
  return { id, projectId, title, messageCount: messages.length, lastMessage, createdAt, updatedAt, archived }
}

function textOfListed(message: { readonly [key: string]: unknown }): string {
  const { parts, content } = message as { parts?: readonly { text?: string }[]; content?: string }
  return content ?? parts?.map(({ text = '' }) => text).join('') ?? ''
}

/** A message as a client writes it that knows the requirement only. */
export function aListedMessage(id: string, content: string, timestamp = Date.UTC(2026, 0, 1)) {
  return { id, conversationId: 'c', role: 'user', content, timestamp }
}
