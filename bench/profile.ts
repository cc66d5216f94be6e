import { chromium } from 'playwright-core'
import { ensureChromium } from '../scripts/ensure-chromium.ts'
import { calls, createProfile, FLAGS, inPage } from './browser.ts'
import { servePage } from './build-page.ts'

type Session = { send(method: string, parameters?: object): Promise<never> }
type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly lineNumber: number }
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const PORT = 9_321
const ROUNDS = 3
const workloads = (process.argv[2] ?? 'append').split(',')

/** Where page and worker spend their time in some rows: own time by function, `minify: false` in the builds makes it readable. */
const server = await servePage()
const profile = await createProfile()
const context = await chromium.launchPersistentContext(profile.folder, {
  executablePath: await ensureChromium(),
  args: [...FLAGS, `--remote-debugging-port=${PORT}`],
})
try {
  await inPage(context, server.origin, (page) => calls.seed(page, 'chatkeep', ROUNDS))
  await inPage(context, server.origin, async (page) => {
    await calls.warm(page, 'chatkeep')
    const sessions = await attachToAll()
    for (const workload of workloads) {
      for (const { session } of sessions) {
        await session.send('Profiler.enable')
        await session.send('Profiler.setSamplingInterval', { interval: 100 })
        await session.send('Profiler.start')
      }
      for (let round = 0; round < ROUNDS; round++) {
        console.log(workload, await calls.run(page, workload, 'chatkeep', round))
      }
      for (const { name, session } of sessions) {
        const { profile: taken } = (await session.send('Profiler.stop')) as { profile: CpuProfile }
        print(name, taken)
      }
    }
  })
} finally {
  await context.close()
  server.close()
  await profile.remove()
}

/** Sessions of the page and of the service worker, which Playwright does not give. */
async function attachToAll(): Promise<{ name: string; session: Session }[]> {
  const version = (await (await fetch(`http://127.0.0.1:${PORT}/json/version`)).json()) as Record<
    string,
    string
  >
  const socket = new WebSocket(version.webSocketDebuggerUrl ?? '')
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const waiting = new Map<number, (result: never) => void>()
  let lastId = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: never }
    if (id !== undefined) waiting.get(id)?.(result)
  })
  const send = (method: string, parameters: object = {}, sessionId?: string): Promise<never> =>
    new Promise((resolve) => {
      waiting.set(++lastId, resolve)
      socket.send(JSON.stringify({ id: lastId, method, params: parameters, sessionId }))
    })
  const { targetInfos } = (await send('Target.getTargets')) as {
    targetInfos: { targetId: string; type: string; url: string }[]
  }
  const wanted = targetInfos.filter(({ url }) => url.startsWith(server.origin))
  return Promise.all(
    wanted.map(async ({ targetId, type }) => {
      const { sessionId } = (await send('Target.attachToTarget', { targetId, flatten: true })) as {
        sessionId: string
      }
      return { name: type, session: { send: (method, parameters) => send(method, parameters, sessionId) } }
    }),
  )
}

function print(name: string, { nodes, samples, timeDeltas }: CpuProfile): void {
  const labels = new Map(
    nodes.map(({ id, callFrame }) => [
      id,
      `${callFrame.functionName || '(anonymous)'}:${callFrame.lineNumber + 1}`,
    ]),
  )
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const [own, total] = [new Map<string, number>(), new Map<string, number>()]
  const add = (to: Map<string, number>, label: string, ms: number) => to.set(label, (to.get(label) ?? 0) + ms)
  for (const [index, sample] of samples.entries()) {
    const ms = (timeDeltas[index] ?? 0) / 1_000
    add(own, labels.get(sample) ?? '', ms)
    const stack = new Set<string>()
    for (let id: number | undefined = sample; id !== undefined; id = parents.get(id))
      stack.add(labels.get(id) ?? '')
    for (const label of stack) add(total, label, ms)
  }
  for (const [title, times] of [
    ['own time', own],
    ['with callees', total],
  ] as const) {
    console.log(`  ${name}, ${title}, ms of ${ROUNDS} rounds`)
    const greatest = Array.from(times).sort((a, b) => b[1] - a[1])
    for (const [label, ms] of greatest.slice(0, 25)) console.log(`    ${ms.toFixed(1).padStart(8)}  ${label}`)
  }
}
