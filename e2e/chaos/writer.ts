import type { StoredMessage } from '../../src/domain/service/message-page.ts'
import { PageError, type Tab } from '../harness/tab.ts'
import { NEVER_MS } from './never.ts'
import type { Place } from './place.ts'
import type { Random } from './random.ts'
import type { ChaosRecord, Outcome, Written } from './record.ts'

/** What a person does, and how often. */
const ACTIONS = {
  append: 50,
  appendMany: 6,
  fork: 5,
  answer: 10,
  edit: 15,
  remove: 5,
  rename: 3,
  tag: 4,
  untag: 1,
  pin: 2,
  archive: 1,
  trash: 2,
  restore: 2,
  erase: 1,
  eraseMessage: 1,
} as const
type Action = keyof typeof ACTIONS

/** Few, so that tabs and devices meet in them. */
const CONVERSATIONS = ['tides', 'moon', 'boats', 'sand', 'wind', 'harbour'] as const
/** Deleted for ever now and then, in whole or in part. Nothing of the others ever is. */
const ERASABLE = 'footprints'
const ERASABLE_SHARE = 0.15
const TAGS = ['sea', 'sky', 'work', 'later'] as const
const PAUSE_MS = [20, 400] as const

type Writing = { readonly place: Place; readonly random: Random; readonly record: ChaosRecord }

/** Does one thing after the other in the tab that stands here, as long as the run lasts. */
export async function write(writing: Writing, isOver: () => boolean): Promise<void> {
  const { place, random, record } = writing
  let made = 0
  while (!isOver()) {
    const action = random.weighted(ACTIONS)
    const isErasing = action === 'erase' || action === 'eraseMessage'
    const conversationId = isErasing || random.chance(ERASABLE_SHARE) ? ERASABLE : random.pick(CONVERSATIONS)
    const { tab } = place
    if (tab !== undefined) {
      made += 1
      const label = `${place.name}#${made}`
      const outcome = await outcomeOf(perform[action](tab, { ...writing, conversationId, label }), (error) =>
        // A browser that is gone adds all that it ever printed.
        record.tell(`${label} ${action} in ${conversationId}: ${String(error).split('\n', 1)[0]}`),
      )
      record.count(`write: ${action}, ${outcome}`)
    }
    await new Promise((resolve) => setTimeout(resolve, random.between(...PAUSE_MS)))
  }
}

type Act = Writing & { readonly conversationId: string; readonly label: string }

const perform: Readonly<Record<Action, (tab: Tab, act: Act) => Promise<unknown>>> = {
  append: (tab, act) => append(tab, act, 1),
  appendMany: (tab, act) => append(tab, act, act.random.between(2, 5)),
  async fork(tab, act) {
    const after = await someMessage(tab, act)
    await append(tab, act, 1, after === undefined ? {} : { after: placeOf(after), fork: true })
  },
  async answer(tab, act) {
    const { conversationId, label, random } = act
    const messageId = idOf(label)
    const half = aMessage(messageId, `${label} half`, 'assistant')
    await tab.drafts.start(conversationId, { messageId })
    const checkpoints = random.between(1, 4)
    for (let index = 0; index < checkpoints; index++) await tab.drafts.checkpoint(half)
    const whole = aMessage(messageId, `${label} half and whole`, 'assistant')
    await recorded(act, [{ messageId, text: textOf(whole) }], () => tab.drafts.finish(whole))
  },
  async edit(tab, act) {
    const found = await someMessage(tab, act)
    if (found === undefined) return
    const text = `${act.label} edits`
    await recorded(act, [{ messageId: found.id, text }], () =>
      tab.chats.editMessage(act.conversationId, {
        ...aMessage(found.id, text),
        role: found.message.role,
      }),
    )
  },
  async remove(tab, act) {
    const found = await someMessage(tab, act)
    if (found !== undefined) await tab.chats.removeMessage(act.conversationId, found.id)
  },
  rename: (tab, { conversationId, label }) => tab.chats.renameConversation(conversationId, `Title ${label}`),
  tag: (tab, { conversationId, random }) => tab.chats.addTag(conversationId, random.pick(TAGS)),
  untag: (tab, { conversationId, random }) => tab.chats.removeTag(conversationId, random.pick(TAGS)),
  pin: (tab, { conversationId, random }) => tab.chats.pinConversation(conversationId, random.chance(0.5)),
  archive: (tab, { conversationId, random }) =>
    tab.chats.archiveConversation(conversationId, random.chance(0.5)),
  trash: (tab, { conversationId }) => tab.chats.deleteConversation(conversationId),
  restore: (tab, { conversationId }) => tab.chats.restoreConversation(conversationId),
  erase: (tab, { conversationId }) => tab.chats.deleteConversation(conversationId, { forever: true }),
  async eraseMessage(tab, act) {
    const found = await someMessage(tab, act)
    if (found !== undefined) {
      await tab.chats.removeMessage(act.conversationId, found.id, { forever: true })
    }
  },
}

async function append(
  tab: Tab,
  act: Act,
  count: number,
  options?: Parameters<Tab['chats']['appendMessages']>[2],
): Promise<void> {
  const messages = Array.from({ length: count }, (_, index) =>
    aMessage(idOf(`${act.label}.${index}`), `${act.label}.${index}`),
  )
  const written = messages.map((message) => ({ messageId: message.id, text: textOf(message) }))
  await recorded(act, written, () => tab.chats.appendMessages(act.conversationId, messages, options))
}

/** Does it, and records what its messages may and must be at the end. */
async function recorded(
  { record, conversationId }: Act,
  messages: readonly Pick<Written, 'messageId' | 'text'>[],
  work: () => Promise<unknown>,
): Promise<void> {
  let outcome: Outcome = 'acknowledged'
  try {
    await settledInTime(work())
  } catch (error) {
    outcome = outcomeOfError(error)
    throw error
  } finally {
    for (const message of messages) record.wrote({ ...message, conversationId, outcome })
  }
}

async function outcomeOf(work: Promise<unknown>, tell: (error: unknown) => void): Promise<string> {
  try {
    await settledInTime(work)
    return 'acknowledged'
  } catch (error) {
    if (error instanceof NeverSettled) throw error
    tell(error)
    return error instanceof PageError ? String(error.code) : 'unknown'
  }
}

/** Input that makes no sense (any more) is refused before anything is written; of all else one cannot know. */
function outcomeOfError(error: unknown): Outcome {
  return error instanceof PageError && String(error.code).startsWith('input/') ? 'refused' : 'unknown'
}

class NeverSettled extends Error {}

function settledInTime<Result>(work: Promise<Result>): Promise<Result> {
  const never = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => never.reject(new NeverSettled(`A call of a page did not settle in ${NEVER_MS} ms.`)),
    NEVER_MS,
  )
  return Promise.race([work, never.promise]).finally(() => clearTimeout(timer))
}

async function someMessage(tab: Tab, { conversationId, random }: Act): Promise<StoredMessage | undefined> {
  const { messages } = await tab.chats.loadMessages(conversationId, { limit: 30 })
  const [first, ...others] = messages.filter(({ status }) => status !== 'streaming')
  return first === undefined ? undefined : random.pick([first, ...others])
}

const idOf = (label: string) => label.replaceAll(/[^a-z0-9]/g, '-')
const placeOf = ({ id, born }: StoredMessage) => ({ id, born })

function aMessage(id: string, text: string, role = 'user') {
  return { id, role, parts: [{ type: 'text', text }] }
}
const textOf = ({ parts }: ReturnType<typeof aMessage>) => parts.map(({ text }) => text).join('')
