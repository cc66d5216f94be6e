import * as v from 'valibot'
import { ChatkeepError } from '../src/domain/errors.ts'
import { assertJson } from '../src/domain/json.ts'

const UTF_8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads a request's body, counting bytes as they come: `Content-Length` is not trusted. Throws `sync/too-large` as soon as
 * the limit is passed.
 */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = () =>
    new ChatkeepError(
      'sync/too-large',
      `A body may have ${maxBytes} bytes. Nothing was stored; send less at once.`,
      {
        details: { limit: 'maxBodyBytes', max: maxBytes },
      },
    )
  if (Number(request.headers.get('Content-Length') ?? 0) > maxBytes) throw tooLarge()
  const chunks: Uint8Array[] = []
  let bytes = 0
  if (request.body !== null) {
    for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.byteLength
      if (bytes > maxBytes) throw tooLarge()
      chunks.push(chunk)
    }
  }
  try {
    return UTF_8.decode(Buffer.concat(chunks))
  } catch {
    throw invalid('body', 'The body is not UTF-8.')
  }
}

/** JSON within the domain's bounds (depth, no `__proto__`); throws `input/invalid` naming the path. */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('body', 'The body is not JSON.')
  }
  assertJson(value, 'body')
  return value
}

/** A value checked against a schema; throws `input/invalid` naming the path of the first mismatch. */
export function parseWith<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue) ?? 'body'
  throw invalid(path, `${path}: expected ${issue.expected ?? 'something else'}. Nothing was stored.`)
}

/** An `input/invalid` error that names a path. */
export function invalid(path: string, message: string): ChatkeepError {
  return new ChatkeepError('input/invalid', message, { details: { path } })
}
