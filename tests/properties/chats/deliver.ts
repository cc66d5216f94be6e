import { vi } from 'vitest'
import { settled } from '../../unit/rpc/fake-clock.ts'
import type { ChatTab } from './chat-tab.ts'
import type { ChatWorld } from './chat-world.ts'

/** Lets one call, answer or announcement of a tab through; answers whether there was one. */
export async function deliver({ gates }: ChatTab, n: number): Promise<boolean> {
  const order = [gates.calls, gates.answers, gates.events]
  const rotated = [...order.slice(n % 3), ...order.slice(0, n % 3)]
  const wasOpened = rotated.some((gate) => gate.open(gate === gates.answers ? n : 0))
  await settled()
  return wasOpened
}

/** So many announcements and calls come of one thing that happens at most, and then some. */
const MOST_ROUNDS = 500

/** Lets everything through that waits, and what comes of it. */
export async function deliverAll(seats: readonly { readonly tab: ChatTab }[]): Promise<void> {
  let isAny = true
  for (let rounds = 0; isAny; rounds++) {
    if (rounds > MOST_ROUNDS) throw new Error('The tabs never come to rest.')
    await settled()
    isAny = false
    for (const { tab } of seats) if (await deliver(tab, 0)) isAny = true
  }
}

/** Of the page's timers and the engine's clock; then a page wakes the engine. */
export async function passTime({ clock, wake }: ChatWorld, ms: number): Promise<void> {
  await clock.advance(ms)
  await vi.advanceTimersByTimeAsync(ms)
  await wake()
}
