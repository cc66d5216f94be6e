import type { ErrorCode } from '../../src/domain/errors.ts'
import { problem } from '../problem.ts'

/** better-auth's answer with its refusals turned into problems: its code becomes `authCode`, its text `detail`. */
export async function authAnswer(answer: Response): Promise<Response> {
  if (answer.status < 400) {
    const passed = new Response(answer.body, answer)
    passed.headers.set('Cache-Control', 'no-store')
    return passed
  }
  const { code, message } = await readRefusal(answer)
  const retryAfter = Number(answer.headers.get('X-Retry-After') ?? Number.NaN)
  return problem(answer.status, codeOf(answer.status), {
    ...(answer.status < 500 && message !== undefined ? { detail: message } : {}),
    ...(Number.isFinite(retryAfter) ? { retryAfter } : {}),
    ...(code === undefined ? {} : { members: { authCode: code } }),
  })
}

function codeOf(status: number): ErrorCode {
  if (status >= 500) return 'sync/server-error'
  if (status === 429) return 'sync/too-many-requests'
  if (status === 401) return 'sync/auth-required'
  if (status === 404) return 'input/not-found'
  return status === 400 || status === 422 ? 'input/invalid' : 'sync/rejected'
}

async function readRefusal(answer: Response): Promise<{ code?: string; message?: string }> {
  try {
    const body = (await answer.json()) as Record<string, unknown>
    // Routes of the device grant name them as OAuth does.
    const { code = body.error, message = body.error_description } = body
    return {
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof message === 'string' ? { message } : {}),
    }
  } catch {
    // A refusal without a body: the status says enough.
    return {}
  }
}
