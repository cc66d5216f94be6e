import { ChatkeepError } from '../domain/errors.ts'
import { type DeviceAnswer, DIALECTS, readAnswer } from './device-dialects.ts'

export type DeviceSignInOptions = {
  /** Where the cloud's server is, like `https://cloud.example.com`, with the path that it is served below, if any. */
  readonly url: string
  /** What the person sees of who asks, and what a server that speaks RFC 8628 knows the client by. */
  readonly clientName: string
  /** `rfc8628` (what chatkeep's server speaks, the default) or `leanspec`. */
  readonly dialect?: 'rfc8628' | 'leanspec'
  readonly signal?: AbortSignal
  readonly fetch?: typeof fetch
  /** Resolves after so many milliseconds. */
  readonly wait?: (ms: number) => Promise<void>
}

export type DeviceSignIn = {
  /** What the person types at `verificationUri`, on whatever device they are signed in. */
  readonly userCode: string
  readonly verificationUri: string
  /** The same address with the code in it, for a link or a QR code. */
  readonly verificationUriComplete?: string
  readonly expiresInMs: number
  /**
   * Asks until the person has decided. Rejects with `account/denied`, `account/code-expired`, or what the server refused;
   * a network that is away is waited out.
   */
  token(): Promise<{ readonly accessToken: string; readonly expiresInMs?: number }>
}

const DEFAULT_INTERVAL_SECONDS = 5
/** RFC 8628 section 3.5: after `slow_down`, and after every further one. */
const SLOWER_SECONDS = 5

/** Asks the cloud for codes by which somebody who is signed in elsewhere signs this device in. */
export async function startDeviceSignIn(options: DeviceSignInOptions): Promise<DeviceSignIn> {
  const { url, clientName, signal } = options
  const dialect = DIALECTS[options.dialect ?? 'rfc8628']
  const send = options.fetch ?? fetch
  const wait = options.wait ?? ((ms: number) => new Promise((resolve) => setTimeout(resolve, ms)))
  const post = async ({
    path,
    body,
    type,
  }: ReturnType<typeof dialect.askForCodes>): Promise<DeviceAnswer> => {
    try {
      const response = await send(`${url.replace(/\/$/, '')}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': type, Accept: 'application/json' },
        body,
        credentials: 'omit',
        ...(signal === undefined ? {} : { signal }),
      })
      return await readAnswer(response) // Its text may break off on the way.
    } catch (error) {
      signal?.throwIfAborted()
      throw new ChatkeepError('sync/offline', 'The cloud was not reached. Nobody was signed in; try again.', {
        retryable: true,
        cause: error,
      })
    }
  }

  const asked = await post(dialect.askForCodes(clientName))
  const codes = asked.isOk ? dialect.readCodes(asked.body) : null
  if (codes === null) throw asked.isOk ? badAnswer() : refusal(asked)

  async function token() {
    let intervalSeconds = codes?.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS
    for (;;) {
      await wait(intervalSeconds * 1_000)
      signal?.throwIfAborted()
      const answer = await post(dialect.askForToken(codes?.deviceCode ?? '', clientName)).catch(
        (error: unknown) => {
          if (error instanceof ChatkeepError && error.code === 'sync/offline') return null
          throw error
        },
      )
      if (answer === null || (!answer.isOk && answer.status >= 500)) {
        intervalSeconds += SLOWER_SECONDS
        continue
      }
      if (answer.isOk) {
        const read = dialect.readToken(answer.body)
        if (read === null) throw badAnswer()
        return read
      }
      const word = dialect.wordOf(answer)
      if (word === 'slow_down' || answer.status === 429) intervalSeconds += SLOWER_SECONDS
      else if (word !== 'authorization_pending') throw wordToError(word) ?? refusal(answer)
    }
  }

  const { userCode, verificationUri, verificationUriComplete, expiresInSeconds } = codes
  return {
    userCode,
    verificationUri,
    ...(verificationUriComplete === undefined ? {} : { verificationUriComplete }),
    expiresInMs: expiresInSeconds * 1_000,
    token,
  }
}

function wordToError(word: string | undefined): ChatkeepError | null {
  if (word === 'access_denied') {
    return new ChatkeepError('account/denied', 'The sign-in was refused. Nothing on this device has changed.')
  }
  if (word !== 'expired_token') return null
  return new ChatkeepError(
    'account/code-expired',
    'Nobody approved the code in time. Nothing on this device has changed; ask for a new code.',
    { retryable: true },
  )
}

function refusal({ status, message }: DeviceAnswer): ChatkeepError {
  const said = message === undefined ? '' : `: ${message}`
  return new ChatkeepError(
    'sync/rejected',
    `The cloud refused the sign-in (${status}${said}). Nobody was signed in; see that \`url\` is the cloud’s.`,
    { details: { status } },
  )
}

function badAnswer(): ChatkeepError {
  return new ChatkeepError(
    'sync/bad-answer',
    'What answered is no cloud that signs devices in (perhaps a page). Nobody was signed in; check the address.',
  )
}
