import { aListedMessage, type Document } from '../../builders/plain-server.ts'
import { CONVERSATIONS, PROJECT } from '../acts.ts'
import type { Dice } from '../dice.ts'
import type { World } from '../world.ts'
import type { PlainCloud } from './plain-cloud.ts'
import { textOf, told } from './telling.ts'

const KINDS = { say: 8, edit: 4, rename: 2, archive: 1, drop: 2, create: 2, delete: 0.4 } as const
type Kind = keyof typeof KINDS

/**
 * Somebody writes with a client that never heard of chatkeep: it reads a conversation, and later puts the whole of it in the place of what is
 * there, under `If-Match` where the server has validators.
 */
export function otherClient(world: World, cloud: PlainCloud, account: string, dice: Dice): void {
  const server = cloud.server(account)
  const conversationId = dice.pick(CONVERSATIONS)
  const kind = dice.weighted(KINDS)
  const read = server.handle({ method: 'GET', path: `/conversations/${conversationId}` })
  const isNew = read.status === 404
  if (isNew !== (kind === 'create')) return
  const document: Document = isNew
    ? { id: conversationId, projectId: PROJECT, title: 'elsewhere', messages: [] }
    : (JSON.parse(read.body) as Document)
  const { etag } = read.headers
  const guard = isNew ? { 'If-None-Match': '*' } : etag === undefined ? undefined : { 'If-Match': etag }
  const headers = cloud.hasEtags && guard !== undefined ? guard : {}
  const id = `x${world.next()}`
  const said = aListedMessage(id, `said ${id}`, world.now())
  const write = () => {
    if (!world.hasFaults) return
    world.fired('other-client', kind)
    const path = kind === 'delete' ? `/conversations/${conversationId}` : '/conversations'
    const after = changed(document, kind, { said, dice })
    const body = JSON.stringify(after)
    const response = server.handle({ method: kind === 'delete' ? 'DELETE' : 'POST', path, headers, body })
    world.note(() => `other client ${kind} ${conversationId} ${id} → ${response.status}`)
    world.note(() => `${account} ${conversationId} is ${told(server.document(conversationId))}`)
    if (response.status >= 300) return
    for (const { id: edited, content } of after.messages)
      if (content === said.content || content === `edited by ${id}`)
        cloud.texts.set(edited, (cloud.texts.get(edited) ?? new Set()).add(String(content)))
    if (kind === 'say' || kind === 'create') cloud.written.add(`${account} ${conversationId} ${id}`)
    if (kind === 'drop') for (const one of document.messages) if (isHalf(one)) cloud.unmarked.add(textOf(one))
    if (kind === 'delete') cloud.deleted.add(`${account} ${conversationId}`)
  }
  if (dice.chance(0.5)) write()
  else world.after(dice.between(100, 120_000), write)
}

const isHalf = ({ chatkeep }: Document['messages'][number]): boolean =>
  chatkeep !== undefined && (chatkeep as { status?: string }).status !== 'complete'

function changed(
  document: Document,
  kind: Kind,
  { said, dice }: { readonly said: Document['messages'][number]; readonly dice: Dice },
): Document {
  const { messages } = document
  switch (kind) {
    case 'say':
    case 'create':
      return { ...document, messages: [...messages, said] }
    case 'edit': {
      const spoken = messages.filter(({ content }) => content !== '')
      if (spoken.length === 0) return document
      const { id } = dice.pick(spoken)
      const content = `edited by ${said.id}`
      return {
        ...document,
        messages: messages.map((one) => (one.id === id ? { ...one, content } : one)),
      }
    }
    case 'rename':
      return { ...document, title: `title by ${said.id}` }
    case 'archive':
      return { ...document, archived: document.archived !== true }
    case 'drop': {
      // It keeps the fields that it knows.
      const { chatkeep: _, ...fields } = document
      const known = messages.map(({ chatkeep: __, ...one }) => one as (typeof messages)[number])
      return { ...fields, id: document.id, projectId: document.projectId, messages: known }
    }
    case 'delete':
      return document
  }
}
