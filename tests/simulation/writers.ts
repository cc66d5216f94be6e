import type { Operation, SetOperation } from '../../src/domain/operation.ts'
import type { CheckpointResult } from '../../src/domain/service/draft.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

const LEASE_MS = 15_000

/** Watches that an answer is left to its writer while that is heard of, or holds its lock. */
export function watchWriter(world: World, tab: Tab, messageId: string) {
  const { browser } = tab
  const database = tab.session()?.database
  const now = () => world.now() + browser.clockOffset
  /** What is known of the last checkpoint that was kept: when it was sent, by which clock. */
  let kept: { readonly sentAt: number; readonly clockOffset: number } | undefined
  let sent = { sentAt: 0, clockOffset: 0 }

  return {
    sends(): void {
      sent = { sentAt: now(), clockOffset: browser.clockOffset }
    },
    hears(outcome: CheckpointResult['outcome']): void {
      const before = kept
      kept = outcome === 'lost-ownership' ? undefined : sent
      if (outcome !== 'lost-ownership' || before === undefined) return
      if (tab.session()?.database !== database) return
      if (tab.weather.hasWebLocks)
        world.fail('a living writer is left alone', `${tab.name} lost ${messageId}, whose lock it holds`)
      const isSameClock =
        before.clockOffset === browser.clockOffset && sent.clockOffset === browser.clockOffset
      if (isSameClock && now() <= before.sentAt + LEASE_MS)
        world.fail('a lease is respected', `${tab.name} lost ${messageId} before its lease was over`)
    },
  }
}

/** A writer that lost its answer to recovery writes over what was recovered of it, and over nothing that somebody made of that. */
export function checkEnd(
  world: World,
  writer: string,
  operation: SetOperation,
  operations: ReadonlyMap<string, Operation>,
): void {
  if (!operation.register.startsWith('message:')) return
  const text = textOf(operation)
  for (const id of operation.overwrites) {
    const over = operations.get(id)
    if (over?.kind !== 'set' || text.startsWith(textOf(over))) continue
    world.fail(
      'a late writer writes over its own',
      `${writer} wrote ${operation.id} over ${id}: ${textOf(over)}`,
    )
  }
}

function textOf({ value }: SetOperation): string {
  const { message } = value as { message?: { parts?: readonly { text?: string }[] } }
  return message?.parts?.[0]?.text ?? 'nothing'
}
