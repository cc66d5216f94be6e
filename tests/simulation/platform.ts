/**
 * `Request`, `Response` and `Headers` as far as the server uses them, with texts for bodies: the platform's own take a tenth of a
 * history's time. The tests of the server and everything end to end run on the real ones.
 */
class QuickHeaders {
  private readonly values = new Map<string, string>()
  constructor(init: Iterable<readonly [string, string]> | Readonly<Record<string, string>> = {}) {
    const pairs =
      Symbol.iterator in init ? (init as Iterable<readonly [string, string]>) : Object.entries(init)
    for (const [name, value] of pairs) this.set(name, value)
  }
  get(name: string): string | null {
    return this.values.get(name.toLowerCase()) ?? null
  }
  has(name: string): boolean {
    return this.values.has(name.toLowerCase())
  }
  set(name: string, value: string): void {
    this.values.set(name.toLowerCase(), value)
  }
  append(name: string, value: string): void {
    const before = this.get(name)
    this.set(name, before === null ? value : `${before}, ${value}`)
  }
  delete(name: string): void {
    this.values.delete(name.toLowerCase())
  }
  entries() {
    return this.values.entries()
  }
  [Symbol.iterator]() {
    return this.values.entries()
  }
}

class QuickResponse {
  readonly status: number
  readonly headers: QuickHeaders
  readonly body: string | null
  readonly bodyUsed = false
  constructor(
    body: string | null = null,
    init: { readonly status?: number; readonly headers?: ConstructorParameters<typeof QuickHeaders>[0] } = {},
  ) {
    this.body = body
    this.status = init.status ?? 200
    this.headers = new QuickHeaders(init.headers)
  }
  async text(): Promise<string> {
    return this.body ?? ''
  }
}

/** From now on this process makes quick answers and headers. */
export function installQuickPlatform(): void {
  Object.assign(globalThis, { Response: QuickResponse, Headers: QuickHeaders })
}

export function quickRequest(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Request {
  const request = {
    url,
    method,
    headers: new QuickHeaders(headers),
    body: body === undefined ? null : [Buffer.from(body)],
  }
  return request as unknown as Request
}
