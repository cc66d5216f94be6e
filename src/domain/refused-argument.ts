import * as v from 'valibot'
import { ChatkeepError } from './errors.ts'

/** What an app calls the methods whose names it does not know. */
const CALLED: Readonly<Record<string, string>> = {
  readMessages: 'loadMessages',
  importTexts: 'importConversations',
  setTag: 'addTag or removeTag',
  setArchived: 'archiveConversation',
  setPinned: 'pinConversation',
  trashConversation: 'deleteConversation',
  purgeConversation: 'deleteConversation',
  resolveConflict: 'resolveConflicts',
  checkpointDraft: 'startDraft’s checkpoint',
  finishDraft: 'startDraft’s finish',
  openSession: 'register',
  configureCloud: 'register',
  signedIn: 'setAccount',
  signedOut: 'setAccount',
}

/** Checks the argument of a call; throws `input/invalid` with the call as the app named it, the path of what is wrong, and why. */
export function checkArgument(method: string, schema: v.GenericSchema, argument: unknown): unknown {
  const parsed = v.safeParse(schema, argument ?? {}, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const path = (v.getDotPath(issue) ?? '').replace(/^baseName$/, 'database')
  const called = CALLED[method] ?? method
  throw new ChatkeepError(
    'input/invalid',
    `${called}: ${path === '' ? 'the argument' : path} ${wrongIn(issue)}. Nothing was done.`,
    { details: { method: called, path } },
  )
}

function wrongIn({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (type === 'custom') return message
  if (expected === 'never') return 'is nothing that it takes'
  return expected === null ? `is wrong: ${message}` : `has to be ${expected} and is ${received}`
}
