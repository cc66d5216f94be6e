import * as v from 'valibot'
import { isId, isOperationId, isPlainText, type MutationId, type OperationId } from './ids.ts'
import { type ChatMessage, isMessage, MESSAGE_STATUSES } from './message.ts'
import { MAX_STAMP } from './operation.ts'
import { operationSchema } from './wire.ts'

export const id = v.custom<string>(isId, 'must be an id: 1 to 200 characters without control characters')
export const operationId = v.custom<OperationId>(isOperationId, 'must be an operation id')
export const mutationId = v.custom<MutationId>(
  (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{8,64}$/.test(value),
  'must be a mutation id',
)
export const born = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_STAMP))
export const place = v.strictObject({ id, born })
export const text = (maximum: number) => v.pipe(v.string(), v.maxLength(maximum))
export const chatMessage = v.custom<ChatMessage>(isMessage, 'must be a message with an id and a role')
const model = v.strictObject({ providerId: v.optional(text(200)), modelId: v.optional(text(200)) })
export const inputEntries = {
  message: chatMessage,
  status: v.optional(v.picklist(MESSAGE_STATUSES)),
  createdAt: v.optional(v.pipe(v.number(), v.finite())),
  model: v.optional(model),
  externalId: v.optional(id),
}
export const messageInput = v.strictObject(inputEntries)
export const importedEntries = {
  id,
  title: v.optional(text(1_000)),
  tags: v.optional(v.array(id)),
  archived: v.optional(v.boolean()),
}
const { message: _message, ...besideMessage } = inputEntries
export const beside = v.strictObject({ ...besideMessage, parentId: v.optional(v.nullable(id)) })
export const run = v.strictObject({
  text: v.string(),
  /** Thousands at once. */
  lengths: v.custom<number[]>(areLengths, 'must be lengths'),
})
function areLengths(value: unknown): boolean {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0)
}
export const absorbed: v.GenericSchema = v.pipe(
  v.strictObject({
    conversationId: id,
    projectId: id,
    operations: v.array(operationSchema),
    mutationIds: v.optional(v.record(v.string(), mutationId)),
  }),
  /** The cloud would refuse others. */
  v.check(
    ({ conversationId, operations }) =>
      operations.every(
        (each) =>
          each.conversationId === conversationId && (each.kind === 'purge' || isPlainText(each.register)),
      ),
    'must hold operations of its own conversation',
  ),
)
