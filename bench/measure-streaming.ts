import type { BrowserContext, CDPSession } from 'playwright-core'
import { calls, inPage } from './browser.ts'

export type Streaming = { readonly mainThreadMs: number; readonly longTasks: number; readonly lost: boolean }

const DURATION_MS = 4_000

/** Milliseconds of 10 s that the page's main thread was busy while it saved a growing answer 30 times a second. */
export async function measureStreaming(
  context: BrowserContext,
  origin: string,
  name: string,
  round: number,
): Promise<Streaming> {
  return inPage(context, origin, async (page) => {
    if (name !== 'nothing') await calls.warm(page, name)
    const session = await page.context().newCDPSession(page)
    // Counts from here on.
    await session.send('Performance.enable')
    const before = await busySeconds(session)
    const { longTasks, lost } = await calls.stream(page, name, round, DURATION_MS)
    const mainThreadMs = ((await busySeconds(session)) - before) * 1_000 * (10_000 / DURATION_MS)
    return { mainThreadMs, longTasks, lost }
  })
}

async function busySeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}
