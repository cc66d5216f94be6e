import { createPageEndpoint } from '../../../src/rpc/page-endpoint.ts'
import type { Caller } from '../../../src/rpc/protocol.ts'
import { createRemoteCaller } from '../../../src/rpc/remote-caller.ts'
import { createWorkerEndpoint } from '../../../src/rpc/worker-endpoint.ts'
import { exposeCaller } from '../../../src/rpc/worker-exposure.ts'
import type { Line, WorkerPort } from '../../../src/rpc/worker-port.ts'
import { createFakeClock } from './fake-clock.ts'

export const ORIGIN = 'https://app.example'
export const METHODS = ['echo', 'append', 'slow']

type Call = Parameters<Caller['call']>[0]
export type Handler = (call: Call) => Promise<unknown>

type FakeEnd = {
  onmessage: ((event: { data: unknown; ports: readonly unknown[] }) => void) | null
  postMessage(answer: unknown): void
  close(): void
}
type FakeLine = Line & {
  giveTo(
    owner: { readonly isAlive: boolean },
    answerTo: (deliver: (answer: unknown) => void) => { postMessage(answer: unknown): void },
  ): FakeEnd
}

/** A page and its worker over messages that are cloned and arrive in a later turn; the worker can die and start again. */
export function createPageAndWorker(handler: Handler = async ({ argument }) => argument) {
  const clock = createFakeClock()
  const pageListeners = new Set<(data: unknown) => void>()
  const takeoverListeners = new Set<() => void>()
  const deaths = new Map<string, () => void>()
  const waits: Promise<unknown>[] = []
  const posts: unknown[] = []
  const linePosts: unknown[] = []
  let boots = 0
  let worker: ReturnType<typeof startWorker> | undefined
  let dropsMessages = false
  let dropsAnswers = false

  function startWorker() {
    boots += 1
    const boot = `boot-${boots}`
    const endpoint = createWorkerEndpoint({ origin: ORIGIN, methods: METHODS, boot })
    exposeCaller({ call: (call) => handler(call) }, METHODS, endpoint)
    return { boot, endpoint, isAlive: true }
  }

  function toWorker(data: unknown, overrides: Record<string, unknown> = {}, line?: FakeLine) {
    const message = structuredClone(data)
    posts.push(message)
    if (dropsMessages) return
    setImmediate(() => {
      worker ??= startWorker()
      const asked = worker
      const answerTo = (deliver: (answer: unknown) => void) => ({
        postMessage(answer: unknown) {
          const copy = structuredClone(answer)
          if (asked.isAlive && !dropsAnswers) setImmediate(() => deliver(copy))
        },
      })
      const toPage = (answer: unknown) => {
        for (const listener of pageListeners) listener(answer)
      }
      const source = { id: 'page-1', type: 'window', ...answerTo(toPage) }
      const ports = line === undefined ? [] : [line.giveTo(asked, answerTo)]
      const waitUntil = (work: Promise<unknown>) => void waits.push(work)
      asked.endpoint.receive({ data: message, origin: ORIGIN, source, ports, waitUntil, ...overrides })
    })
  }

  const port: WorkerPort = {
    post: (message, line) => toWorker(message, {}, line as FakeLine | undefined),
    openLine: (hear): FakeLine => {
      let isOpen = true
      let owner: { readonly isAlive: boolean } | undefined
      const end: FakeEnd = { onmessage: null, postMessage: () => {}, close: () => {} }
      return {
        post(data) {
          const message = structuredClone(data)
          linePosts.push(message)
          if (dropsMessages) return
          setImmediate(() => {
            if (isOpen && owner?.isAlive === true) end.onmessage?.({ data: message, ports: [] })
          })
        },
        close() {
          isOpen = false
        },
        giveTo(asked, answerTo) {
          owner = asked
          return Object.assign(
            end,
            answerTo((answer) => isOpen && hear(answer)),
          )
        },
      }
    },
    listen(listener) {
      pageListeners.add(listener)
      return () => pageListeners.delete(listener)
    },
    onTakeover(listener) {
      takeoverListeners.add(listener)
      return () => takeoverListeners.delete(listener)
    },
    watchDeath: (boot) => new Promise((resolve) => deaths.set(boot, resolve)),
  }
  const endpoint = createPageEndpoint(port, clock)
  const caller = createRemoteCaller(endpoint)

  return {
    clock,
    endpoint,
    /** What went to the worker as events, and what over lines. */
    posts,
    linePosts,
    waits,
    answers: [] as unknown[],
    call: (method: string, argument: unknown = {}) => caller.call({ database: 'db', method, argument }),
    /** What a hostile or foreign script would send. */
    send: toWorker,
    hear(listener: (data: unknown) => void) {
      pageListeners.add(listener)
    },
    /** Kills the worker: nothing it still does reaches the page. `isNoticed`: its lock is granted to the page. */
    kill({ isNoticed = false } = {}) {
      const dead = worker
      worker = undefined
      if (dead === undefined) return
      dead.isAlive = false
      if (isNoticed) deaths.get(dead.boot)?.()
    },
    takeOver() {
      this.kill()
      for (const listener of takeoverListeners) listener()
    },
    dropMessages(value: boolean) {
      dropsMessages = value
    },
    dropAnswers(value: boolean) {
      dropsAnswers = value
    },
    boots: () => boots,
  }
}
