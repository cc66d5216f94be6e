import * as v from 'valibot'
import type { ParkOutcome, RetryOutcome } from '../classify.ts'
import { badAnswer, type OkOutcome, type Outcome, refusalToRetry } from '../classify.ts'
import type { Transport } from '../transport.ts'
import {
  ABSENT,
  documentSchema,
  entriesOf,
  type ListEntry,
  type PlainDocument,
  plainListSchema,
  readDocument,
} from './document.ts'

/** A server that goes on with pages for ever is broken. */
const MAX_PAGES = 1_000

type Failure = RetryOutcome | ParkOutcome
/** What was known is so still. */
export type Unchanged = { readonly kind: 'unchanged' }
export type Fetched = { readonly kind: 'document'; readonly document: PlainDocument } | Failure
/** `etag`: what the next question may name; null where the list has several pages, or no validator. */
export type Listed =
  | { readonly kind: 'list'; readonly entries: readonly ListEntry[]; readonly etag: string | null }
  | Failure

/** The requirement's four endpoints. */
export function createPlainServer(transport: Transport) {
  const pathOf = (id: string) => `/conversations/${encodeURIComponent(id)}`
  const guard = (document: PlainDocument): Record<string, string> => {
    if (!document.isPresent) return { 'If-None-Match': '*' }
    return document.etag === null ? {} : { 'If-Match': document.etag }
  }

  /** All pages of an answer that names the next one; none, if the first is what `etag` says. */
  async function pages<Answer extends object>(
    path: (before: string | null) => string,
    schema: v.GenericSchema<unknown, Answer>,
    etag: string | null,
  ): Promise<
    | { readonly kind: 'pages'; readonly answers: readonly OkOutcome<Answer>[] }
    | Exclude<Outcome<Answer>, OkOutcome<Answer>>
    | Unchanged
  > {
    const answers: OkOutcome<Answer>[] = []
    for (let before: string | null = null; ; ) {
      const outcome = await transport.getUnlessKnown(path(before), before === null ? etag : null, schema)
      if (outcome.kind !== 'ok') return outcome
      answers.push(outcome)
      const { next } = outcome.answer as { readonly next?: string | null }
      if (typeof next !== 'string' || next === before) return { kind: 'pages', answers }
      if (answers.length >= MAX_PAGES) return badAnswer('The cloud’s pages never end.', {})
      before = next
    }
  }

  return {
    /** A conversation, absent or not; unless it is in a state that is known. */
    async fetch(id: string, etag: string | null): Promise<Fetched | Unchanged> {
      const path = (before: string | null) =>
        before === null ? pathOf(id) : `${pathOf(id)}?before=${encodeURIComponent(before)}`
      const outcome = await pages(path, documentSchema, etag)
      if (outcome.kind === 'unchanged') return outcome
      if (outcome.kind === 'pages') {
        const [first] = outcome.answers
        if (first === undefined) return { kind: 'document', document: ABSENT }
        if (new Set(outcome.answers.map(({ etag }) => etag)).size > 1)
          return badAnswer('The conversation changed while it was read.', {})
        const entries = outcome.answers.toReversed().flatMap(({ answer }) => [...entriesOf(answer)])
        const document = readDocument(first.answer, entries, first.etag ?? null)
        const { id: named = id } = document.fields
        if (named !== id) return badAnswer('The cloud answered with another conversation.', {})
        return { kind: 'document', document }
      }
      if (outcome.kind === 'retry' || outcome.kind === 'park') return outcome
      const isAbsent =
        outcome.kind === 'gone' || (outcome.kind === 'refused' && outcome.error.details.status === 404)
      return isAbsent ? { kind: 'document', document: ABSENT } : refusalToRetry(outcome)
    },

    async list(projectId: string, etag: string | null): Promise<Listed | Unchanged> {
      const query = (before: string | null) =>
        new URLSearchParams({ projectId, ...(before === null ? {} : { before }) })
      const outcome = await pages((before) => `/conversations?${query(before)}`, plainListSchema, etag)
      if (outcome.kind === 'retry' || outcome.kind === 'park' || outcome.kind === 'unchanged') return outcome
      if (outcome.kind !== 'pages') return refusalToRetry(outcome)
      const entries = outcome.answers.flatMap(({ answer }) =>
        Array.isArray(answer) ? answer : answer.conversations,
      )
      const [first, ...others] = outcome.answers
      return { kind: 'list', entries, etag: others.length === 0 ? (first?.etag ?? null) : null }
    },

    /** Puts a conversation in the place of one that was fetched. What the answer says is not believed: it is fetched again. */
    post: (body: object, instead: PlainDocument): Promise<Outcome<unknown>> =>
      transport.send(
        { method: 'POST', path: '/conversations', body: JSON.stringify(body), headers: guard(instead) },
        v.unknown(),
      ),

    delete: (id: string, instead: PlainDocument): Promise<Outcome<unknown>> =>
      transport.send({ method: 'DELETE', path: pathOf(id), headers: guard(instead) }, v.unknown()),
  }
}

export type PlainServer = ReturnType<typeof createPlainServer>
