import * as v from 'valibot'
import {
  absorbed,
  beside,
  chatMessage,
  id,
  importedEntries,
  inputEntries,
  messageInput,
  mutationId,
  operationId,
  place,
  run,
  text,
} from './argument-parts.ts'
import { SHELVES } from './conversation.ts'
import { checkArgument } from './refused-argument.ts'
import { type ConversationService, SERVICE_METHODS } from './service.ts'
import { LEAST_SYNC_INTERVAL_MS, MAX_SYNC_INTERVAL_MS } from './sync-settings.ts'

const conversation = { mutationId, conversationId: id }
const flag = v.strictObject({ ...conversation, value: v.boolean() })
const onlyConversation = v.strictObject(conversation)
const nothing = v.strictObject({})
const days = v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(36_500))))
const loadQuery = v.strictObject({
  conversationId: id,
  limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  before: v.optional(place),
  leafId: v.optional(id),
})
const wakeReasons = [
  'save',
  'timer',
  'online',
  'focus',
  'pageshow',
  'visible',
  'sync',
  'poke',
  'project',
  'activate',
  'start',
  'signed-in',
] as const

const SCHEMAS: Record<keyof ConversationService, v.GenericSchema> = {
  listConversations: v.strictObject({
    projectId: id,
    shelves: v.optional(v.pipe(v.array(v.picklist(SHELVES)), v.maxLength(SHELVES.length))),
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500))),
    after: v.optional(v.strictObject({ shelf: v.picklist(SHELVES), lastMessageAt: v.number(), id })),
  }),
  getConversation: v.strictObject({ conversationId: id }),
  latestConversation: v.strictObject({ projectId: id }),
  loadMessages: loadQuery,
  readMessages: loadQuery,
  createConversation: v.strictObject({
    ...conversation,
    projectId: id,
    title: v.optional(text(1_000)),
    tags: v.optional(v.array(id)),
  }),
  appendMessages: v.strictObject({
    ...conversation,
    projectId: id,
    messages: v.pipe(v.array(messageInput), v.minLength(1)),
    after: v.optional(v.nullable(place)),
    fork: v.optional(v.boolean()),
  }),
  saveMessages: v.strictObject({
    ...conversation,
    projectId: id,
    messages: v.array(messageInput),
    changed: v.optional(v.array(id)),
  }),
  importConversations: v.strictObject({
    mutationId,
    projectId: id,
    conversations: v.array(
      v.strictObject({
        ...importedEntries,
        messages: v.array(v.strictObject({ ...inputEntries, parentId: v.optional(v.nullable(id)) })),
      }),
    ),
  }),
  importTexts: v.strictObject({
    mutationId,
    projectId: id,
    relaxed: v.optional(v.boolean()),
    conversations: v.array(
      v.strictObject({ ...importedEntries, runs: v.array(run), beside: v.optional(v.array(beside)) }),
    ),
  }),
  editMessage: v.strictObject({ ...conversation, messageId: v.optional(id), message: messageInput }),
  removeMessage: v.strictObject({ ...conversation, messageId: id, forever: v.optional(v.boolean()) }),
  renameConversation: v.strictObject({ ...conversation, title: text(1_000) }),
  setTag: v.strictObject({ ...conversation, tag: id, present: v.boolean() }),
  setArchived: flag,
  setPinned: flag,
  trashConversation: onlyConversation,
  restoreConversation: onlyConversation,
  purgeConversation: onlyConversation,
  selectLeaf: v.strictObject({ ...conversation, messageId: id }),
  conflicts: v.strictObject({ conversationId: id }),
  resolveConflict: v.strictObject({
    ...conversation,
    register: text(220),
    covers: v.pipe(v.array(operationId), v.minLength(1), v.maxLength(1_000)),
    choice: v.union([
      v.picklist(['mine', 'theirs', 'both']),
      v.strictObject({ head: operationId }),
      v.strictObject({ title: text(1_000) }),
      v.strictObject({ message: chatMessage }),
    ]),
  }),
  clearProject: v.strictObject({ mutationId, projectId: id }),
  checkpointDraft: v.strictObject({
    projectId: id,
    conversationId: id,
    attemptId: id,
    owner: id,
    message: chatMessage,
    after: v.optional(v.nullable(place)),
    fork: v.optional(v.boolean()),
    life: v.optional(id),
  }),
  finishDraft: v.strictObject({
    ...conversation,
    projectId: id,
    attemptId: id,
    owner: id,
    message: messageInput,
    after: v.optional(v.nullable(place)),
    fork: v.optional(v.boolean()),
    life: v.optional(id),
  }),
  stopDraft: v.strictObject({ conversationId: id, messageId: id }),
  saveComposer: v.strictObject({ projectId: id, conversationId: id, text: text(1_000_000) }),
  loadComposer: v.strictObject({ conversationId: id }),
  getSetting: v.strictObject({ name: id }),
  setSetting: v.strictObject({ name: id, value: v.unknown() }),
  getRetention: v.strictObject({ projectId: id }),
  setRetention: v.strictObject({
    projectId: id,
    policy: v.strictObject({ archiveAfterDays: days, trashAfterDays: days, purgeAfterDays: days }),
  }),
  confirmAutomation: nothing,
  status: nothing,
  syncNow: nothing,
  syncProject: v.strictObject({ projectId: id, conversationId: v.exactOptional(id) }),
  fetchConversation: v.strictObject({ conversationId: id }),
  freeSpace: nothing,
  syncSettings: nothing,
  changeSyncSettings: v.strictObject({
    enabled: v.exactOptional(v.boolean()),
    project: v.exactOptional(v.strictObject({ projectId: id, enabled: v.boolean() })),
    intervalMs: v.exactOptional(
      v.nullable(
        v.pipe(v.number(), v.integer(), v.minValue(LEAST_SYNC_INTERVAL_MS), v.maxValue(MAX_SYNC_INTERVAL_MS)),
      ),
    ),
  }),
  wake: v.strictObject({ reason: v.picklist(wakeReasons), projectId: v.optional(id) }),
  listQuarantined: nothing,
  retryQuarantined: v.strictObject({ sequence: v.number() }),
  isPending: v.strictObject({ mutationId }),
  listProjects: nothing,
  readOperations: v.strictObject({ after: v.optional(id) }),
  absorbOperations: v.strictObject({
    mutationId,
    conversations: v.array(absorbed),
  }),
}

export function isServiceMethod(method: string): method is keyof ConversationService {
  return (SERVICE_METHODS as readonly string[]).includes(method)
}

/** The argument of a call, checked; rejects with `input/invalid` and the path of what is wrong. Nothing was written then. */
export const parseArgument = (method: keyof ConversationService, argument: unknown): unknown =>
  checkArgument(method, SCHEMAS[method], argument)
