import { ACCOUNT_HEADER } from '../../src/domain/account-header.ts'

// What several routes of the OpenAPI document name: parameters and answers.

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const content = (name: string) => ({ 'application/json': { schema: ref(name) } })
export const answer = (description: string, name: string) => ({ description, content: content(name) })
export const oneOf = (...names: string[]) => ({ 'application/json': { schema: { anyOf: names.map(ref) } } })
export const refusal = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
})
export const parameter = (
  name: string,
  place: 'query' | 'header' | 'path',
  description: string,
  required = false,
) => ({
  name,
  in: place,
  description,
  required: required || place === 'path',
  schema: { type: 'string' },
})

export const account = parameter(
  ACCOUNT_HEADER,
  'header',
  'The account that the caller’s local database belongs to. With anything but visible ASCII in it, and with a %, percent-encoded as UTF-8.',
  true,
)
export const project = parameter('projectId', 'query', 'Name of the project.', true)
export const anyProject = parameter('projectId', 'query', 'Only this project; absent: all of the account’s.')
export const maybeProject = parameter(
  'projectId',
  'query',
  'Needed when several projects have a conversation of this id.',
)
export const cursor = parameter('cursor', 'query', 'A cursor as the server gave it; 0 is the beginning.')
export const before = parameter('before', 'query', '`next` of the page before.')
export const limit = parameter('limit', 'query', 'Most entries of a page.')
export const match = parameter('If-Match', 'header', 'The `ETag` of the state that the caller has seen.')
export const noneMatch = parameter('If-None-Match', 'header', 'Answers 304 if the state is still this one.')
export const id = parameter('id', 'path', 'Id of the conversation.')
export const common = {
  400: refusal('`input/invalid`, naming the path.'),
  401: refusal('`sync/auth-required` or `sync/wrong-account`.'),
  429: refusal('`sync/too-many-requests`, with `Retry-After`.'),
}
export const gone = refusal('`sync/gone`: the cursor does not match, or the conversation was deleted.')
