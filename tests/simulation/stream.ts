import type { ChatMessage } from '../../src/domain/message.ts'
import { diceOf } from './dice.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'
import { watchWriter } from './writers.ts'

/** What every whole answer ends with: a message without it may not call itself complete. */
export const END = ' (end)'

/** An answer that grows in a tab: checkpoints, a rest now and then, and an end, if the tab lives to see it. */
export async function stream(
  world: World,
  tab: Tab,
  place: { readonly conversationId: string; readonly projectId: string },
): Promise<void> {
  const id = `answer${world.next()}`
  const end = await tab.holdLock(`draft:${tab.session()?.database ?? ''}:${id}`)
  await write(world, tab, place, id).finally(end)
}

async function write(
  world: World,
  tab: Tab,
  place: { readonly conversationId: string; readonly projectId: string },
  id: string,
): Promise<void> {
  const dice = diceOf(world.seed, id)
  const watch = watchWriter(world, tab, id)
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
  let life: { readonly life?: string } = {}
  const count = dice.between(1, 6)
  for (let index = 0; index < count; index++) {
    text += ` word${index}`
    watch.sends()
    const kept = await tab.call('checkpointDraft', { ...draft, ...life, message: message(text) })
    if (life.life === undefined && kept?.life !== undefined) life = { life: kept.life }
    if (kept !== undefined) watch.hears(kept.outcome)
    if (kept?.outcome === 'stop') {
      const status = 'stopped' as const
      const input = { message: message(text), status }
      await tab.call('finishDraft', { ...draft, ...life, mutationId: tab.mutation(), message: input })
      return
    }
    // A page that is frozen renews no lease: then another context recovers what there is, and this one comes late.
    const isFrozen = dice.chance(tab.weather.freezes)
    if (isFrozen && dice.chance(0.5)) editMeanwhile(world, tab, conversationId, message('reworded meanwhile'))
    await tab.rest(isFrozen ? dice.between(10_000, 120_000) : dice.between(100, 5_000))
  }
  if (dice.chance(0.15)) return // The page is gone without a word.
  const finished = { message: message(text + END), status: 'complete' as const }
  const mutationId = tab.mutation()
  tab.plansEnd(mutationId)
  await tab.call('finishDraft', { ...draft, ...life, projectId, mutationId, message: finished })
}

/** Another tab recovers what a frozen one left, and its person edits that before the frozen one is back. */
function editMeanwhile(world: World, frozen: Tab, conversationId: string, message: ChatMessage): void {
  const other = [...frozen.browser.tabs].find((tab) => tab !== frozen)
  if (other === undefined) return
  world.after(16_000, () => other.tell('focus'))
  world.after(19_000, () => {
    if (!other.isOpen()) return
    void other.call('editMessage', { mutationId: other.mutation(), conversationId, message: { message } })
  })
}

/** Someone presses stop, in whatever tab. */
export async function stop(tab: Tab, conversationId: string, messageId: string): Promise<void> {
  await tab.call('stopDraft', { conversationId, messageId })
}
