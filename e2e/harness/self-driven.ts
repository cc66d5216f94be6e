import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cloud } from './cloud.ts'
import { servePage } from './served-pages.ts'
import { SITE } from './site.ts'
import { addressOf, type TabOptions } from './tab.ts'

/** A page that asks the test what to do and tells what came of it, so that no driver is attached to its browser. */
export type SelfDrivenPage = {
  /** Runs in the page, as soon as it is there and asks. What goes in and comes out has to be JSON. */
  evaluate<Input, Result>(work: (input: Input) => Promise<Result> | Result, input: Input): Promise<Result>
  /** Resolves when the page is gone: closed, or another one is in its place. */
  gone(): Promise<void>
}

export type SelfDrivenPages = {
  /** Address of the test page, and of one that knows nothing of chatkeep. */
  addressOf(name: string, options?: TabOptions): string
  emptyAddressOf(name: string): string
  page(name: string): SelfDrivenPage
  /** How often the service worker's script was run from its beginning. */
  workerStarts(): number
}

/** Asks again when there was nothing to do. */
const ASK_AGAIN_MS = 50

const DRIVER = `<script type="module">
const name = new URLSearchParams(location.search).get('name')
addEventListener('pagehide', () => navigator.sendBeacon('/e2e-gone?name=' + name))
for (;;) {
  const answer = await fetch('/e2e-next?name=' + name).catch(() => null)
  if (answer?.status !== 200) {
    await new Promise((resolve) => setTimeout(resolve, ${ASK_AGAIN_MS}))
    continue
  }
  const { id, code } = await answer.json()
  const told = await (0, eval)(code).then((value) => ({ id, value }), (error) => ({ id, error: String(error) }))
  await fetch('/e2e-told', { method: 'POST', body: JSON.stringify(told), keepalive: true })
}
</script>`

const STARTED = `fetch('/e2e-worker-started', { method: 'POST', keepalive: true });`

type Task = {
  readonly name: string
  readonly id: number
  readonly code: string
  readonly settle: PromiseWithResolvers<unknown>
  isTaken: boolean
}

/** Serves the test page with a script that drives it, and a worker that tells of each of its starts. */
export function serveSelfDriven(cloud: Cloud): SelfDrivenPages {
  const tasks: Task[] = []
  const { front } = cloud
  const html = readFileSync(join(SITE, 'index.html'), 'utf8')
  servePage(cloud, '/self-driven', html.replace('</body>', `${DRIVER}</body>`))
  servePage(cloud, '/empty', `<!doctype html><title>Empty</title><body>${DRIVER}</body>`)
  servePage(cloud, '/sw.js', `${STARTED}\n${readFileSync(join(SITE, 'sw.js'), 'utf8')}`, 'text/javascript')
  const starts = front.answer({ path: /^\/e2e-worker-started/ }, { status: 204 })
  const goodbyes = front.answer({ path: /^\/e2e-gone/ }, { status: 204 })
  front.answer({ path: /^\/e2e-next/ }, ({ path }) => {
    const name = new URL(path, cloud.url).searchParams.get('name')
    const task = tasks.find((each) => each.name === name && !each.isTaken)
    if (task === undefined) return { status: 204 }
    task.isTaken = true
    const { id, code } = task
    return {
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ id, code }),
    }
  })
  front.answer({ path: /^\/e2e-told/ }, ({ body }) => {
    const { id, value, error } = JSON.parse(body) as { id: number; value?: unknown; error?: string }
    const settle = tasks[id]?.settle
    if (error === undefined) settle?.resolve(value)
    else settle?.reject(new Error(error))
    return { status: 204 }
  })
  const named = (address: string, name: string) => {
    const url = new URL(address, cloud.url)
    url.searchParams.set('name', name)
    return url.href
  }

  return {
    addressOf: (name, options) => named(addressOf(cloud.url, { ...options, path: '/self-driven' }), name),
    emptyAddressOf: (name) => named('/empty', name),
    page: (name) => ({
      async evaluate<Input, Result>(work: (input: Input) => Promise<Result> | Result, input: Input) {
        const code = `(async () => (${work})(${JSON.stringify(input)}))()`
        const settle = Promise.withResolvers<unknown>()
        tasks.push({ name, id: tasks.length, code, settle, isTaken: false })
        return (await settle.promise) as Result
      },
      async gone() {
        const isOurs = (path: string) => path.endsWith(`name=${name}`)
        while (!goodbyes.hits.some(({ path }) => isOurs(path))) await goodbyes.next()
      },
    }),
    workerStarts: () => starts.hits.length,
  }
}
