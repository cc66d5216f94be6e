import { diceOf } from './dice.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** What every whole answer ends with: a message without it may not call itself complete. */
export const END = ' (end)'

/** An answer that grows in a tab: checkpoints, a rest now and then, and an end, if the tab lives to see it. */
export async function stream(
  world: World,
  tab: Tab,
  place: { readonly conversationId: string; readonly projectId: string },
): Promise<void> {
  const id = `answer${world.next()}`
  const dice = diceOf(world.seed, id)
  const { conversationId, projectId } = place
  const leaf = tab.pages.get(conversationId)?.leaf
  const draft = {
    ...place,
    attemptId: `attempt-${id}`,
    owner: tab.name,
    ...(leaf === undefined ? {} : { after: leaf }),
  }
  const message = (text: string) => ({ id, role: 'assistant', parts: [{ type: 'text', text }] })
  let text = `answer ${id}`
  const count = dice.between(1, 6)
  for (let index = 0; index < count; index++) {
    text += ` word${index}`
    const kept = await tab.call('checkpointDraft', { ...draft, message: message(text) })
    if (kept?.outcome === 'kept' || kept?.outcome === 'stop') tab.keptDraft(conversationId, id)
    if (kept?.outcome === 'stop') {
      const status = 'stopped' as const
      const input = { message: message(text), status }
      await tab.call('finishDraft', { ...draft, mutationId: tab.mutation(), message: input })
      return
    }
    // A page that is frozen renews no lease: then another context recovers what there is, and this one comes late.
    await tab.rest(dice.chance(0.1) ? dice.between(10_000, 120_000) : dice.between(100, 5_000))
  }
  if (dice.chance(0.15)) return // The page is gone without a word.
  const finished = { message: message(text + END), status: 'complete' as const }
  await tab.call('finishDraft', { ...draft, projectId, mutationId: tab.mutation(), message: finished })
}

/** Someone presses stop, in whatever tab. */
export async function stop(tab: Tab, conversationId: string, messageId: string): Promise<void> {
  await tab.call('stopDraft', { conversationId, messageId })
}
