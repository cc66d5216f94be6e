import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChatMessage } from '../../src/domain/message.ts'
import type { ImportedConversation } from '../../src/domain/service/import.ts'

/** Conversations that others had, outside this repository. */
const REAL = fileURLToPath(new URL('../../../shared/data', import.meta.url))
/** Conversations that we wrote, in the same shapes. */
const SAMPLES = fileURLToPath(new URL('../../tests/samples', import.meta.url))

export type ConversationSet = {
  /** `real` or `samples`, and the folder. */
  readonly name: string
  readonly conversations: readonly ImportedConversation[]
}
type Imported = ImportedConversation['messages'][number]
/** Reads the files of one folder, each as the conversations that it holds. */
type Reader = (file: { readonly name: string; readonly text: string }) => readonly ImportedConversation[]

const READERS: Readonly<Record<string, Reader>> = {
  'ai-sdk-uimessages': readUiMessages,
  'oasst-trees': readTrees,
  'openai-toolcalls': readToolCalls,
  'long-code': readTrajectory,
  chinese: readQuestions,
  'tricky-text': readTrickyText,
}

/** Every set that is here. Ids are unique across sets, so that all can be imported into one project. */
export function conversationSets(): readonly ConversationSet[] {
  const sources = [
    ['samples', SAMPLES],
    ['real', REAL],
  ] as const
  return sources
    .flatMap(([source, root]) =>
      Object.entries(READERS).map(([folder, read]) => ({
        name: `${source} ${folder}`,
        conversations: filesOf(join(root, folder)).flatMap((file) =>
          read({ ...file, name: `${source}-${file.name}` }),
        ),
      })),
    )
    .filter(({ conversations }) => conversations.length > 0)
}

/** One line for the run's output: whether the real conversations were there. */
export function describeRealData(): string {
  return existsSync(REAL)
    ? `Real conversations are read from ${REAL}.`
    : `No real conversations: ${REAL} is not there. The same tests run on the samples in tests/samples.`
}

function filesOf(folder: string): readonly { readonly name: string; readonly text: string }[] {
  return globSync('*.{json,jsonl}', { cwd: folder })
    .sort()
    .map((name) => ({ name: basename(name), text: readFileSync(join(folder, name), 'utf8') }))
}

/** `[{message: UIMessage}]`: each a question and the answer that was recorded. */
function readUiMessages({ name, text }: Parameters<Reader>[0]): readonly ImportedConversation[] {
  if (name.endsWith('.chunks.jsonl')) return [] // Streams as a provider sent them, not messages.
  const records = JSON.parse(text) as { source: string; message: ChatMessage }[]
  return records.map(({ source, message }, index) => {
    const question = {
      id: `${message.id}-question`,
      role: 'user',
      parts: [{ type: 'text', text: `Answer as in ${source}.` }],
    }
    return conversation(`${name}/${index}`, [{ message: question }, { message }])
  })
}

type Row = {
  message_id?: string
  user_message_id?: string
  parent_id?: string | null
  parent_message_id?: string | null
  message_tree_id?: string
  text: string
  role: string
  created_date?: string
}

/** Rows of message trees; several children of a parent are branches. */
function readTrees({ name, text }: Parameters<Reader>[0]): readonly ImportedConversation[] {
  const rows: Row[] = name.endsWith('.jsonl') ? linesOf(text) : JSON.parse(text)
  const idOf = (row: Row) => row.message_id ?? row.user_message_id ?? ''
  const parentOf = (row: Row) => row.parent_id ?? row.parent_message_id ?? null
  const childrenByParent = Map.groupBy(rows, parentOf)
  const isKnown = new Set(rows.map(idOf))
  const roots = rows.filter((row) => !isKnown.has(parentOf(row) ?? ''))
  return roots.map((root, index) => {
    const messages: Imported[] = []
    const visit = (row: Row, parentId: string | null) => {
      const id = idOf(row)
      const role = row.role === 'prompter' ? 'user' : 'assistant'
      const createdAt = row.created_date === undefined ? {} : { createdAt: Date.parse(row.created_date) }
      messages.push({
        message: { id, role, parts: [{ type: 'text', text: row.text }] },
        parentId,
        ...createdAt,
      })
      for (const child of childrenByParent.get(id) ?? []) visit(child, id)
    }
    visit(root, null)
    return conversation(`${name}/${index}`, messages)
  })
}

/** `[{traj: OpenAI messages}]`; the messages have no ids of their own. */
function readToolCalls({ name, text }: Parameters<Reader>[0]): readonly ImportedConversation[] {
  const runs = JSON.parse(text) as { traj: readonly object[] }[]
  return runs.map(({ traj }, index) => conversation(`${name}/${index}`, verbatim(traj)))
}

/** `{history: messages}`, long and full of code. */
function readTrajectory({ name, text }: Parameters<Reader>[0]): readonly ImportedConversation[] {
  const { history } = JSON.parse(text) as { history: readonly object[] }
  return [conversation(name, verbatim(history))]
}

/** `{question, std_answer}` per line; ten to a conversation. */
function readQuestions({ name, text }: Parameters<Reader>[0]): readonly ImportedConversation[] {
  const rows = linesOf<{ question: string; std_answer: string }>(text)
  const messages = rows.flatMap(({ question, std_answer }, index) => [
    { message: textMessage(`q${index}`, 'user', question) },
    { message: textMessage(`a${index}`, 'assistant', std_answer) },
  ])
  return inGroups(messages, 20).map((group, index) => conversation(`${name}/${index}`, group))
}

/**
 * Lists of strings (base64 in files that say so), and test cases of JSON parsers `[{name, expect, base64}]`: the text of each
 * as a message, and what it parses to as a part of one.
 */
function readTrickyText({ name, text }: Parameters<Reader>[0]): readonly ImportedConversation[] {
  const entries = JSON.parse(text) as (string | { expect?: string; base64?: string; text?: string })[]
  const messages = entries.flatMap((entry, index): Imported[] => {
    const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')
    if (typeof entry === 'string') {
      const string = name.includes('base64') ? decode(entry) : entry
      return [{ message: textMessage(`s${index}`, index % 2 === 0 ? 'user' : 'assistant', string) }]
    }
    if (entry.base64 === undefined) return []
    const raw = decode(entry.base64)
    const message = {
      id: `j${index}`,
      role: 'user',
      parts: [{ type: 'text', text: raw }, ...parsedPart(raw)],
    }
    return [{ message }]
  })
  return inGroups(messages, 100).map((group, index) => conversation(`${name}/${index}`, group))
}

/** What a text is as JSON, if it is; numbers beyond a double's range are none. */
function parsedPart(text: string): readonly object[] {
  try {
    const value: unknown = JSON.parse(text)
    return JSON.stringify(JSON.parse(JSON.stringify(value))) === JSON.stringify(value) && isFiniteJson(value)
      ? [{ type: 'data-json', data: value }]
      : []
  } catch {
    return []
  }
}

function isFiniteJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isFiniteJson)
}

function conversation(id: string, messages: readonly Imported[]): ImportedConversation {
  return { id, title: id, messages }
}

const textMessage = (id: string, role: string, text: string): ChatMessage => ({
  id,
  role,
  parts: [{ type: 'text', text }],
})

/** Messages of other shapes, as they are, with ids made from their places. */
function verbatim(messages: readonly object[]): readonly Imported[] {
  return messages.map((message, index) => ({
    message: { ...message, id: `v${index}` } as unknown as ChatMessage,
  }))
}

const linesOf = <Row>(text: string): Row[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

function inGroups<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
