import * as v from 'valibot'
import { type Cursor, isId, isOperationId, type OperationId } from './ids.ts'
import { MAX_PURGE_IDS, MAX_STAMP } from './operation.ts'

/** The major version of the HTTP protocol; it is part of every route. */
export const API_BASE = '/api/v1/chat'
/** What a client aims at in one POST; the server's own limits are published at `/limits`. */
export const BATCH_OPERATIONS = 100
export const BATCH_BYTES = 256 * 1024
/** A single operation may be this large on the wire. */
export const MAX_OPERATION_BYTES = 8 * 1024 * 1024
/** The cursor that asks from the beginning. */
export const CURSOR_ZERO = '0' as Cursor

const idSchema = v.custom<string>(isId, 'an id: 1 to 200 characters without control characters')
const operationIdSchema = v.custom<OperationId>(isOperationId, 'an operation id: 22 characters of base64url')
const overwritesSchema = v.pipe(v.array(operationIdSchema), v.maxLength(MAX_PURGE_IDS))
const stampSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_STAMP))
const cursorSchema = v.custom<Cursor>(
  (value) => typeof value === 'string' && /^[A-Za-z0-9._~-]{1,200}$/.test(value),
  'a cursor as the server gave it',
)
const registerSchema = v.pipe(v.string(), v.minLength(1), v.maxLength(220))

export const setOperationSchema = v.strictObject({
  kind: v.literal('set'),
  id: operationIdSchema,
  conversationId: idSchema,
  register: registerSchema,
  stamp: stampSchema,
  overwrites: overwritesSchema,
  value: v.unknown(),
})

export const purgeOperationSchema = v.strictObject({
  kind: v.literal('purge'),
  id: operationIdSchema,
  conversationId: idSchema,
  names: v.pipe(v.array(operationIdSchema), v.minLength(1), v.maxLength(MAX_PURGE_IDS)),
})

export const stubOperationSchema = v.strictObject({
  kind: v.literal('stub'),
  id: operationIdSchema,
  conversationId: idSchema,
  register: v.pipe(v.string(), v.maxLength(220)),
  overwrites: overwritesSchema,
})

export const operationSchema = v.variant('kind', [
  setOperationSchema,
  purgeOperationSchema,
  stubOperationSchema,
])

/** Body of `POST /conversations` in the protocol's own form. */
export const postBodySchema = v.strictObject({
  projectId: idSchema,
  cursor: cursorSchema,
  conversations: v.array(v.strictObject({ id: idSchema, operations: v.array(operationSchema) })),
})
export type PostBody = v.InferOutput<typeof postBodySchema>

/** Answer to a POST of operations; every id of the request is in exactly one of `accepted` and `rejected`. */
export const postAnswerSchema = v.object({
  accepted: v.array(operationIdSchema),
  /** Of the accepted: here already, at or before the cursor that was sent. Counts as shown. */
  held: v.array(operationIdSchema),
  rejected: v.array(v.object({ id: operationIdSchema, code: v.string(), detail: v.optional(v.string()) })),
  head: cursorSchema,
})
export type PostAnswer = v.InferOutput<typeof postAnswerSchema>

const shownSchema = v.variant('kind', [
  v.strictObject({
    ...setOperationSchema.entries,
    /** When the server received it, milliseconds; only on the register `trashed`, whose period in the trash is counted by it. */
    receivedAt: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  }),
  stubOperationSchema,
])

/** One page of the delta: `GET /conversations?projectId=…&cursor=…&limit=…`. */
export const deltaSchema = v.object({
  operations: v.array(shownSchema),
  purges: v.array(purgeOperationSchema),
  cursor: cursorSchema,
  more: v.boolean(),
})
export type Delta = v.InferOutput<typeof deltaSchema>

export const conversationMetadataSchema = v.object({
  id: idSchema,
  projectId: idSchema,
  title: v.string(),
  messageCount: v.number(),
  lastMessage: v.optional(v.string()),
  createdAt: v.number(),
  updatedAt: v.number(),
  archived: v.boolean(),
  pinned: v.optional(v.boolean()),
  trashed: v.optional(v.boolean()),
  tags: v.optional(v.array(v.string())),
  /** Deleted for ever: nothing of it is left but purges and stubs. Listed only on request. */
  gone: v.optional(v.boolean()),
})

/** A conversation as the cloud lists it. */
export type CloudMetadata = v.InferOutput<typeof conversationMetadataSchema>

/** The plain list: `GET /conversations?projectId=…` without a cursor. `cursor` is the head when the listing began. */
export const listAnswerSchema = v.object({
  conversations: v.array(conversationMetadataSchema),
  next: v.nullable(v.string()),
  cursor: cursorSchema,
})

/** `GET /conversations/{id}?cursor=…`: everything of one conversation up to that cursor, and the plain view. */
export const conversationAnswerSchema = v.object({
  conversation: conversationMetadataSchema,
  operations: v.array(shownSchema),
  purges: v.array(purgeOperationSchema),
  messages: v.array(v.looseObject({ id: v.string(), role: v.string() })),
  cursor: cursorSchema,
  next: v.nullable(v.string()),
})

/** `GET /projects`: the projects that the account has in the cloud. */
export const projectsAnswerSchema = v.object({
  projects: v.pipe(v.array(v.object({ projectId: idSchema })), v.maxLength(10_000)),
})

/** `GET /session`: whose session the request's credentials belong to. */
export const sessionAnswerSchema = v.object({ accountId: v.string(), email: v.optional(v.string()) })

/** RFC 9457 problem details with the code of a `ChatkeepError`. */
export const problemSchema = v.object({
  type: v.optional(v.string()),
  title: v.string(),
  status: v.number(),
  code: v.string(),
  detail: v.optional(v.string()),
  /** Seconds, beside the `Retry-After` header. */
  retryAfter: v.optional(v.number()),
})

/** `GET /limits`. */
export const limitsSchema = v.object({
  maxBodyBytes: v.number(),
  maxOperationBytes: v.number(),
  maxOperationsPerRequest: v.number(),
  maxIdLength: v.number(),
  maxPageOperations: v.number(),
  requestsPerMinute: v.number(),
})
export type Limits = v.InferOutput<typeof limitsSchema>

export { cursorSchema, idSchema, operationIdSchema }
