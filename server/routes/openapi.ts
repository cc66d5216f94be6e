import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import {
  API_BASE,
  conversationAnswerSchema,
  deltaSchema,
  limitsSchema,
  listAnswerSchema,
  postAnswerSchema,
  postBodySchema,
  problemSchema,
  projectsAnswerSchema,
  sessionAnswerSchema,
} from '../../src/domain/wire.ts'
import { plainBodySchema } from '../plain/plain-body.ts'
import {
  account,
  answer,
  anyProject,
  before,
  common,
  cursor,
  gone,
  id,
  limit,
  match,
  maybeProject,
  noneMatch,
  oneOf,
  parameter,
  project,
  refusal,
} from './openapi-parts.ts'

let document: string | undefined

/** The OpenAPI 3.1 document, generated from the schemas that requests are checked with. */
export function openApiDocument(): string {
  document ??= JSON.stringify(build())
  return document
}

function build() {
  return {
    openapi: '3.1.0',
    info: { title: 'chatkeep cloud', version: '1' },
    security: [{ cookie: [] }, { bearer: [] }],
    paths: {
      [`${API_BASE}/conversations`]: {
        get: {
          summary: 'The delta after a cursor; without a cursor the list of conversations, newest first.',
          parameters: [
            account,
            project,
            cursor,
            parameter(
              'reached',
              'query',
              'Another cursor; unless the log holds that, too, the answer is 410.',
            ),
            before,
            limit,
            parameter('trashed', 'query', '`include` lists what is in the trash, too.'),
            parameter('gone', 'query', '`include` lists what was deleted for ever, too, as `gone`.'),
            noneMatch,
          ],
          responses: {
            200: { description: 'A page.', content: oneOf('Delta', 'List') },
            304: { description: 'Unchanged.' },
            410: gone,
            ...common,
          },
        },
        post: {
          summary:
            'Adds operations; or saves one conversation in the plain form (a shorter list deletes nothing).',
          parameters: [
            account,
            match,
            parameter('Idempotency-Key', 'header', 'Echoed; repeating is safe without it.'),
          ],
          requestBody: { required: true, content: oneOf('Operations', 'PlainConversation') },
          responses: {
            200: { description: 'Stored.', content: oneOf('Stored', 'Conversation') },
            201: answer('The plain form created the conversation.', 'Conversation'),
            403: refusal('`sync/rejected`: a foreign origin, or a body that is not JSON, with a cookie.'),
            410: gone,
            412: refusal('`sync/rejected`: the state has changed; the current one is in `current`.'),
            413: refusal('`sync/too-large`, naming the limit.'),
            415: refusal('`sync/rejected`: the body is not application/json.'),
            ...common,
          },
        },
      },
      [`${API_BASE}/conversations/{id}`]: {
        get: {
          summary: 'One conversation up to a cursor, newest messages first.',
          parameters: [account, id, maybeProject, cursor, before, limit, noneMatch],
          responses: {
            200: answer('A page.', 'Conversation'),
            304: { description: 'Unchanged.' },
            404: refusal('`input/not-found`.'),
            410: gone,
            ...common,
          },
        },
        delete: {
          summary: 'Purges a conversation for ever.',
          parameters: [account, id, maybeProject, match],
          responses: {
            204: { description: 'Gone, now or before.' },
            403: refusal('`sync/rejected`: a foreign origin with a cookie.'),
            412: refusal('`sync/rejected`: there is something the caller has not seen; it is in `current`.'),
            ...common,
          },
        },
      },
      [`${API_BASE}/events`]: {
        get: {
          summary:
            'Server-sent events: `poke {projectId, cursor}` when the project, or without one any of the account’s, changed; and heartbeats.',
          parameters: [account, anyProject],
          responses: { 200: { description: 'A stream.', content: { 'text/event-stream': {} } }, ...common },
        },
      },
      [`${API_BASE}/limits`]: {
        get: {
          summary: 'Sizes and rates in force.',
          responses: { 200: answer('Limits.', 'Limits'), ...common },
        },
      },
      [`${API_BASE}/projects`]: {
        get: {
          summary: 'Names of the projects that the account has.',
          responses: { 200: answer('Projects.', 'Projects'), ...common },
        },
      },
      [`${API_BASE}/account`]: {
        delete: {
          summary: 'Erases everything that the account keeps, and the account.',
          parameters: [account],
          requestBody: {
            required: true,
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  required: ['password'],
                  properties: { password: { type: 'string' } },
                },
              },
            },
          },
          responses: {
            204: { description: 'Nothing is left. Devices of the account hear 410 `account/gone`.' },
            403: refusal('`sync/rejected`: not the password, or a foreign origin with a cookie.'),
            ...common,
          },
        },
      },
      [`${API_BASE}/account/export`]: {
        get: {
          summary: 'Everything that the account keeps, as lines of JSON.',
          parameters: [account],
          responses: {
            200: { description: 'A stream.', content: { 'application/x-ndjson': {} } },
            ...common,
          },
        },
      },
      [`${API_BASE}/session`]: {
        get: {
          summary: 'Whose session this is.',
          responses: { 200: answer('Session.', 'Session'), ...common },
        },
      },
    },
    components: {
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'better-auth.session_token' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
      schemas: {
        Operations: toSchema(postBodySchema),
        PlainConversation: toSchema(plainBodySchema),
        Stored: toSchema(postAnswerSchema),
        Delta: toSchema(deltaSchema),
        List: toSchema(listAnswerSchema),
        Conversation: toSchema(conversationAnswerSchema),
        Limits: toSchema(limitsSchema),
        Projects: toSchema(projectsAnswerSchema),
        Session: toSchema(sessionAnswerSchema),
        Problem: toSchema(problemSchema),
      },
    },
  }
}

function toSchema(schema: v.GenericSchema): JsonSchema {
  const converted = toJsonSchema(schema, {
    target: 'draft-2020-12',
    errorMode: 'ignore',
    // Ids, cursors and messages are checked by code; their message says what they are.
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema.type === 'custom'
        ? { description: String((valibotSchema as unknown as { message?: unknown }).message ?? '') }
        : null,
  })
  const { $schema: _, ...rest } = converted
  return rest
}
