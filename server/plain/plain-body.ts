import * as v from 'valibot'
import { isId } from '../../src/domain/ids.ts'
import type { ChatMessage } from '../../src/domain/message.ts'
import { idSchema } from '../../src/domain/wire.ts'

const messageSchema = v.custom<ChatMessage>((value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { id, role } = value as { id?: unknown; role?: unknown }
  return isId(id) && typeof role === 'string' && role.length > 0 && role.length <= 100
}, 'a message: an object with an id and a role')

/**
 * Body of `POST /conversations` in the requirement's plain form: one conversation with its messages in order. Fields that
 * the server derives (`createdAt`, `updatedAt`, `messageCount`, …) may be there and are ignored; messages are kept verbatim.
 */
export const plainBodySchema = v.looseObject({
  projectId: idSchema,
  /** Absent: the server makes one. */
  id: v.optional(idSchema),
  messages: v.array(messageSchema),
  title: v.optional(v.pipe(v.string(), v.maxLength(10_000))),
  archived: v.optional(v.boolean()),
  tags: v.optional(v.array(idSchema)),
})
export type PlainBody = v.InferOutput<typeof plainBodySchema>
