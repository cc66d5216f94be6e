import type { Limits } from '../src/domain/wire.ts'
import { logMail, postMailTo } from './auth/mail.ts'
import type { DemoModel } from './demo-chat.ts'
import type { StartOptions } from './start-server.ts'

/**
 * The program's settings from environment variables; `server/README.md` lists them. Throws with the variable's name when a
 * value makes no sense.
 */
export function readConfiguration(env: Readonly<Record<string, string | undefined>>): StartOptions {
  const model = readModel(env)
  return {
    port: wholeNumber(env, 'PORT', 0, 65_535) ?? 8787,
    host: env.HOST || '127.0.0.1',
    databaseUrl: env.CHATKEEP_DATABASE_URL || 'sqlite:./chatkeep-data/chatkeep.sqlite',
    ...(env.CHATKEEP_SECRET ? { secret: env.CHATKEEP_SECRET } : {}),
    ...(env.CHATKEEP_PUBLIC_URL ? { publicUrl: env.CHATKEEP_PUBLIC_URL } : {}),
    ...(env.CHATKEEP_STATIC ? { staticFolder: env.CHATKEEP_STATIC } : {}),
    allowedOrigins: (env.CHATKEEP_ALLOWED_ORIGINS ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    trustsProxy: env.CHATKEEP_TRUST_PROXY === '1',
    logsRequests: env.CHATKEEP_LOG === 'json',
    limits: readLimits(env),
    ...numberOption(env, 'CHATKEEP_SIGN_INS_PER_MINUTE', 'attemptsPerMinute'),
    ...numberOption(env, 'CHATKEEP_HEARTBEAT_MS', 'heartbeatMs'),
    ...readMail(env),
    demo: {
      wordDelayMs: wholeNumber(env, 'CHATKEEP_DEMO_WORD_MS', 0, 60_000) ?? 40,
      ...(model === undefined ? {} : { model }),
    },
  }
}

/** A service that sends letters; in development their links are logged instead. */
function readMail(env: Readonly<Record<string, string | undefined>>): Pick<StartOptions, 'sendMail'> {
  if (env.CHATKEEP_MAIL_URL) return { sendMail: postMailTo(env.CHATKEEP_MAIL_URL) }
  return env.NODE_ENV === 'production' ? {} : { sendMail: logMail }
}

function readModel(env: Readonly<Record<string, string | undefined>>): DemoModel | undefined {
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey, OPENAI_MODEL: modelId } = env
  if (!baseUrl && !apiKey) return undefined
  return {
    baseUrl: baseUrl || 'https://api.openai.com/v1',
    modelId: modelId || 'gpt-4o-mini',
    ...(apiKey ? { apiKey } : {}),
  }
}

function readLimits(env: Readonly<Record<string, string | undefined>>): Partial<Limits> {
  return {
    ...numberOption(env, 'CHATKEEP_MAX_BODY_BYTES', 'maxBodyBytes'),
    ...numberOption(env, 'CHATKEEP_MAX_OPERATION_BYTES', 'maxOperationBytes'),
    ...numberOption(env, 'CHATKEEP_MAX_OPERATIONS', 'maxOperationsPerRequest'),
    ...numberOption(env, 'CHATKEEP_MAX_PAGE', 'maxPageOperations'),
    ...numberOption(env, 'CHATKEEP_REQUESTS_PER_MINUTE', 'requestsPerMinute'),
  }
}

function numberOption<const Name extends string>(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  name: Name,
): { readonly [key in Name]?: number } {
  const value = wholeNumber(env, variable, 1, Number.MAX_SAFE_INTEGER)
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: number }
}

function wholeNumber(
  env: Readonly<Record<string, string | undefined>>,
  variable: string,
  min: number,
  max: number,
): number | undefined {
  const text = env[variable]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new Error(`${variable} has to be a whole number from ${min} to ${max}, found "${text}".`)
}
