import type { BrowserContext, Page } from 'playwright-core'
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
    const before = await busySeconds(page)
    const { longTasks, lost } = await calls.stream(page, name, round, DURATION_MS)
    const mainThreadMs = ((await busySeconds(page)) - before) * 1_000 * (10_000 / DURATION_MS)
    return { mainThreadMs, longTasks, lost }
  })
}

async function busySeconds(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const { metrics } = await session.send('Performance.getMetrics')
  await session.detach()
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0
}
