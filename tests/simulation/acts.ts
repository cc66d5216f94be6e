import type { ChatMessage } from '../../src/domain/message.ts'
import type { MessageInput } from '../../src/domain/service/message-commands.ts'
import { joinRuns } from '../../src/domain/text-run.ts'
import type { Dice } from './dice.ts'
import { leave, look } from './look.ts'
import { stop, stream } from './stream.ts'
import type { Tab } from './tab.ts'
import { trash } from './trash.ts'
import { isUpkeep, UPKEEP, upkeep } from './upkeep.ts'
import type { World } from './world.ts'

export const CONVERSATIONS = ['c1', 'c2', 'c3'] as const
export const PROJECT = 'p'

/** What a person does in one tab. Each act is one or more calls of the service, with what the tab shows. */
export const ACTS = {
  say: 30,
  answer: 10,
  save: 8,
  edit: 12,
  remove: 4,
  fork: 4,
  select: 3,
  rename: 6,
  tag: 5,
  flag: 4,
  trash: 3,
  restore: 2,
  look: 8,
  sameId: 4,
  stream: 6,
  stop: 2,
  focus: 10,
  purge: 1.5,
  removeForever: 2,
  clear: 0.3,
  import: 1,
  editHalf: 1,
  editThrice: 0.5,
  ...UPKEEP,
  freeSpace: 3,
} as const
export type Act = keyof typeof ACTS

export async function act(world: World, tab: Tab, dice: Dice, kind: Act): Promise<void> {
  const conversationId = dice.pick(CONVERSATIONS)
  const base = { mutationId: tab.mutation(), conversationId }
  const shown = tab.pages.get(conversationId)
  const messages = shown?.messages ?? []
  const one = messages.length === 0 ? undefined : dice.pick(messages)
  world.note(() => `${tab.name} ${kind} ${conversationId}`)
  if (isUpkeep(kind)) return upkeep(tab, dice, kind, conversationId)
  switch (kind) {
    case 'say':
    case 'answer': {
      const leaf = shown?.leaf
      const role = kind === 'say' ? 'user' : 'assistant'
      const inputs = Array.from({ length: dice.chance(0.25) ? 2 : 1 }, () => newMessage(world, role))
      const isBlind = leaf === undefined || dice.chance(0.3)
      const after = isBlind ? {} : { after: leaf }
      tab.plansAppend(base.mutationId, isBlind)
      await tab.call('appendMessages', { ...base, projectId: PROJECT, messages: inputs, ...after })
      break
    }
    case 'sameId': {
      // The same id made twice, on devices that have not seen each other, with whatever place it gets there.
      const input = newMessage(world, 'user', `same-${dice.below(3)}`)
      await tab.call('appendMessages', { ...base, projectId: PROJECT, messages: [input] })
      break
    }
    case 'save': {
      // An app does not save an answer that still grows as if it were whole.
      const whole = messages.filter(({ status }) => status === 'complete')
      const listed = whole.map(({ message }) => ({ message }))
      if (dice.chance(0.3)) listed.pop()
      if (one !== undefined && dice.chance(0.3)) {
        const index = whole.indexOf(one)
        if (index >= 0 && index < listed.length) listed[index] = { message: reworded(world, one.message) }
      }
      await tab.call('saveMessages', {
        ...base,
        projectId: PROJECT,
        messages: [...listed, newMessage(world, 'user')],
      })
      break
    }
    case 'edit':
    case 'editHalf': {
      const halves = messages.filter(({ status }) => status !== 'complete')
      const meant = kind === 'edit' || halves.length === 0 ? one : dice.pick(halves)
      if (meant === undefined) break
      const message = { message: reworded(world, meant.message) }
      await tab.call('editMessage', { ...base, messageId: meant.id, message })
      break
    }
    case 'editThrice':
      // A chain of versions of which some may be refused, and others not.
      for (let times = 0; times < 3 && one !== undefined; times++) {
        const message = { message: reworded(world, one.message) }
        await tab.call('editMessage', { ...base, mutationId: tab.mutation(), messageId: one.id, message })
      }
      break
    case 'remove':
      if (one !== undefined) await tab.call('removeMessage', { ...base, messageId: one.id })
      break
    case 'removeForever':
      if (one !== undefined) await tab.call('removeMessage', { ...base, messageId: one.id, forever: true })
      break
    case 'purge':
      await tab.call('purgeConversation', base)
      break
    case 'fork':
      if (one === undefined) break
      await tab.call('appendMessages', {
        ...base,
        projectId: PROJECT,
        messages: [newMessage(world, 'user')],
        after: { id: one.id, born: one.born },
        fork: true,
      })
      leave(tab, conversationId)
      break
    case 'select':
      if (one === undefined) break
      await tab.call('selectLeaf', { ...base, messageId: dice.pick(one.siblings ?? [one.id]) })
      leave(tab, conversationId)
      break
    case 'rename':
      await tab.call('renameConversation', { ...base, title: `title ${world.next()}` })
      break
    case 'tag':
      await tab.call('setTag', { ...base, tag: dice.pick(['work', 'home']), present: dice.chance(0.7) })
      break
    case 'flag':
      await tab.call(dice.pick(['setArchived', 'setPinned'] as const), { ...base, value: dice.chance(0.6) })
      break
    case 'trash':
      await trash(world, tab, base)
      break
    case 'restore':
      await tab.call('restoreConversation', base)
      break
    case 'stream':
      void stream(world, tab, { conversationId, projectId: PROJECT })
      return
    case 'stop':
      if (one !== undefined) await stop(tab, conversationId, one.id)
      break
    case 'focus':
      tab.tell('focus')
      break
    case 'clear':
      await tab.call('clearProject', { mutationId: base.mutationId, projectId: PROJECT })
      break
    case 'import': {
      const inputs = [newMessage(world, 'user'), newMessage(world, 'assistant')]
      // So many that they do not lie in one pack.
      const more = tab.weather.themes.has('packs') ? dice.below(7) : 0
      for (let count = 0; count < more; count++) inputs.push(newMessage(world, 'user'))
      const runs = joinRuns(inputs.map(({ message }) => JSON.stringify(message)))
      const beside = inputs.map((_, index) => {
        const parent = inputs[index - 1]
        return parent === undefined ? {} : { parentId: parent.message.id }
      })
      // As the client does: relaxed, and a strict transaction at the end.
      await tab.call('importTexts', {
        mutationId: base.mutationId,
        projectId: PROJECT,
        conversations: [{ id: conversationId, runs, beside }],
        relaxed: true,
      })
      await tab.call('importTexts', { mutationId: tab.mutation(), projectId: PROJECT, conversations: [] })
      break
    }
    case 'freeSpace':
      await tab.call('freeSpace', {})
      break
    case 'look':
      break
  }
  await look(world, tab, conversationId)
}

function newMessage(world: World, role: string, id = `m${world.next()}`): MessageInput {
  return { message: { id, role, parts: [{ type: 'text', text: `text ${world.next()}` }] } }
}

function reworded(world: World, message: ChatMessage): ChatMessage {
  return { ...message, parts: [{ type: 'text', text: `reworded ${world.next()}` }] }
}
