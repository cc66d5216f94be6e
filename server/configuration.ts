import type { Limits } from '../src/domain/wire.ts'
import { logMail, postMailTo } from './auth/mail.ts'
import type { DemoModel } from './demo-chat.ts'
import { StartFailure } from './start-failure.ts'
import type { StartOptions } from './start-server.ts'

/** Shorter ones can be guessed; sessions are signed with it. */
const MIN_SECRET_LENGTH = 32
const WEB = /^https?:$/
const DATABASES = /^(sqlite:.+|postgres(ql)?:\/\/.*)$/
type Environment = Readonly<Record<string, string | undefined>>

/**
 * The program's settings from environment variables; `server/README.md` lists them. Throws with the variable's name when a
 * value makes no sense.
 */
export function readConfiguration(env: Environment): StartOptions {
  checkTexts(env)
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

function checkTexts(env: Environment): void {
  const secret = env.CHATKEEP_SECRET
  if (secret && secret.length < MIN_SECRET_LENGTH)
    refuse(
      `CHATKEEP_SECRET has ${secret.length} characters, and needs at least ${MIN_SECRET_LENGTH}: \`openssl rand -base64 32\` makes one.`,
    )
  for (const name of ['CHATKEEP_PUBLIC_URL', 'CHATKEEP_MAIL_URL', 'OPENAI_BASE_URL'] as const) {
    const url = env[name]
    if (url && !isWeb(url)) refuse(`${name} has to be a whole URL like https://chat.example, found "${url}".`)
  }
  for (const origin of (env.CHATKEEP_ALLOWED_ORIGINS ?? '').split(',').map((each) => each.trim()))
    if (origin && (!isWeb(origin) || new URL(origin).origin !== origin))
      refuse(
        `CHATKEEP_ALLOWED_ORIGINS has to hold origins like https://chat.example, separated by commas, found "${origin}".`,
      )
  const database = env.CHATKEEP_DATABASE_URL
  // Not quoted: it may hold a password.
  if (database && (!DATABASES.test(database) || !(database.startsWith('sqlite:') || URL.canParse(database))))
    refuse('CHATKEEP_DATABASE_URL has to be sqlite:<path> or postgres://<user>@<host>/<database>.')
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && WEB.test(new URL(url).protocol)
}

function refuse(message: string): never {
  throw new StartFailure('server/setting-invalid', `${message} Nothing was started; set it and start again.`)
}

/** A service that sends letters; in development their links are logged instead. */
function readMail(env: Environment): Pick<StartOptions, 'sendMail'> {
  if (env.CHATKEEP_MAIL_URL) return { sendMail: postMailTo(env.CHATKEEP_MAIL_URL) }
  return env.NODE_ENV === 'production' ? {} : { sendMail: logMail }
}

function readModel(env: Environment): DemoModel | undefined {
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey, OPENAI_MODEL: modelId } = env
  if (!baseUrl && !apiKey) return undefined
  return {
    baseUrl: baseUrl || 'https://api.openai.com/v1',
    modelId: modelId || 'gpt-4o-mini',
    ...(apiKey ? { apiKey } : {}),
  }
}

function readLimits(env: Environment): Partial<Limits> {
  return {
    ...numberOption(env, 'CHATKEEP_MAX_BODY_BYTES', 'maxBodyBytes'),
    ...numberOption(env, 'CHATKEEP_MAX_OPERATION_BYTES', 'maxOperationBytes'),
    ...numberOption(env, 'CHATKEEP_MAX_OPERATIONS', 'maxOperationsPerRequest'),
    ...numberOption(env, 'CHATKEEP_MAX_PAGE', 'maxPageOperations'),
    ...numberOption(env, 'CHATKEEP_REQUESTS_PER_MINUTE', 'requestsPerMinute'),
  }
}

function numberOption<const Name extends string>(
  env: Environment,
  variable: string,
  name: Name,
): { readonly [key in Name]?: number } {
  const value = wholeNumber(env, variable, 1, Number.MAX_SAFE_INTEGER)
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: number }
}

function wholeNumber(env: Environment, variable: string, min: number, max: number): number | undefined {
  const text = env[variable]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= min && value <= max) return value
  return refuse(`${variable} has to be a whole number from ${min} to ${max}, found "${text}".`)
}
