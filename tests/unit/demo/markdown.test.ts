import type { ExportedConversation, StoredMessage } from 'chatkeep'
import { expect, test } from 'vitest'
import { chatsAsMarkdown } from '../../../demo/export/markdown.ts'
import { en } from '../../../demo/strings/en.ts'

const aMessage = (id: string, parentId: string | null, changes: Partial<StoredMessage['message']> = {}) => ({
  id,
  parentId,
  born: id.charCodeAt(0),
  createdAt: 0,
  status: 'complete' as const,
  message: { id, role: 'user', parts: [{ type: 'text', text: id }], ...changes },
})

const aConversation = (changes: Partial<ExportedConversation>): ExportedConversation => ({
  id: 'tides',
  projectId: 'sea',
  title: 'Tides',
  messageCount: 0,
  createdAt: 0,
  updatedAt: Date.UTC(2026, 10, 22),
  archived: false,
  pinned: false,
  trashed: false,
  tags: [],
  messages: [],
  ...changes,
})

function markdownOf(...conversations: readonly ExportedConversation[]): string {
  const exported = { format: 'chatkeep', version: 1, exportedAt: '', accountId: null, conversations } as const
  return chatsAsMarkdown(exported, en)
}

test('a branch follows the message that it leaves, after all that followed the older version', () => {
  const messages = [
    aMessage('a', null),
    aMessage('b', 'a', { role: 'assistant' }),
    aMessage('c', 'b'),
    aMessage('d', 'a', { role: 'assistant' }),
  ]
  expect(markdownOf(aConversation({ messages }))).toBe(
    `${[
      '# Tides',
      '*Project: sea · 2026-11-22*',
      ...['## You', 'a', '## Assistant', 'b', '## You', 'c', '## Assistant (another version)', 'd'],
    ].join('\n\n')}\n`,
  )
})

test('a message whose question was removed still has its place', () => {
  const text = markdownOf(aConversation({ messages: [aMessage('a', null), aMessage('c', 'removed')] }))
  expect(text).toContain('## You\n\na\n\n## You\n\nc')
})

test('says of what is not text what it is', () => {
  const parts = [
    { type: 'reasoning', text: 'first\nthen' },
    { type: 'file', mediaType: 'image/png', filename: 'tide.png', url: 'data:image/png;base64,AAAA' },
    { type: 'tool-search', state: 'output-available', output: { found: 2 } },
  ]
  const text = markdownOf(aConversation({ messages: [aMessage('a', null, { parts })] }))
  expect(text).toContain('> first\n> then\n\n*tide.png*\n\n```json\n{\n  "type": "tool-search"')
  expect(text).not.toContain('AAAA')
})

test('tells archived, trashed and absent conversations from others', () => {
  const text = markdownOf(
    aConversation({ archived: true, trashed: true }),
    aConversation({ title: 'Far away', absent: true }),
  )
  expect(text).toContain('· 2026-11-22 · Archived · Trash*')
  expect(text).toContain('---\n\n# Far away\n\n*Project: sea · 2026-11-22*\n\n*Only the cloud has this')
})
