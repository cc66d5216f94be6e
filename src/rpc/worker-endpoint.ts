import { ChatkeepError, type ErrorCode, errorToRecord } from '../domain/errors.ts'
import { isPrototypeKey } from '../domain/ids.ts'
import { isObject } from '../domain/json-object.ts'
import { argumentSize } from './argument-size.ts'
import {
  type ApplyMessage,
  answerMessage,
  channelMajor,
  type Envelope,
  MAX_ARGUMENT_BYTES,
  MAX_CALL_ID_LENGTH,
  PROTOCOL_MAJOR,
} from './protocol.ts'
import { createWorkerLines, isLine, isPage, type Line, type Page, type Receiver } from './worker-lines.ts'

/** The part of an `ExtendableMessageEvent` that is read. */
export type CallEvent = {
  readonly data: unknown
  readonly origin: string
  readonly source: unknown
  readonly ports: readonly unknown[]
  waitUntil(work: Promise<unknown>): void
}

type RunningCall = {
  readonly callId: string
  readonly channel: string
  /** The way that the last message about it came. */
  receiver: Receiver
  readonly done: Promise<void>
  readonly finish: () => void
}

/** Finished calls whose answer is kept for a resend that crossed it. */
const KEPT_ANSWERS = 200
/** Only small answers are kept: commands answer little, and reads can run again. */
const KEPT_ANSWER_BYTES = 64 * 1024

/**
 * Comlink's endpoint in a worker. `receive` takes every message event and says whether it was ours; of ours only a method
 * call of one plain argument, by a window of this origin, on a method of the allow-list, reaches Comlink, whether it comes as an event or
 * over the line that an event brought. The event is kept alive until the answer went to its sender. A resend of a running call joins it.
 */
export function createWorkerEndpoint(options: {
  readonly origin: string
  readonly methods: readonly string[]
  readonly boot: string
  readonly majors?: readonly number[]
}) {
  const { origin, boot, majors = [PROTOCOL_MAJOR, PROTOCOL_MAJOR - 1] } = options
  const methods = new Set(options.methods)
  const runningByKey = new Map<string, RunningCall>()
  const answersByKey = new Map<string, Envelope>()
  const listeners = new Set<EventListenerOrEventListenerObject>()
  const lines = createWorkerLines((source, line, data, ports) => {
    // A line within a line is one port too many.
    receive({ data, origin, source, ports: [...ports, ...ports], waitUntil: () => {} }, line)
  })

  function receive(event: CallEvent, over?: Line): boolean {
    const envelope = event.data
    if (!isObject(envelope)) return false
    const major = channelMajor(envelope.channel)
    if (major === undefined) return false
    if (event.origin !== origin || !isPage(event.source)) return true
    const page = event.source
    if (typeof envelope.awake === 'string') stayAwake(event, page, envelope as Envelope)
    if (!isObject(envelope.message)) return true
    const [given] = event.ports
    const line = event.ports.length === 1 && isLine(given) ? given : undefined
    if (line !== undefined) lines.adopt(line, page)
    const receiver = over ?? line ?? page
    const channel = String(envelope.channel)
    const { id } = envelope.message
    if (typeof id !== 'string' || id === '' || id.length > MAX_CALL_ID_LENGTH) return true
    const refused = majors.includes(major) ? refusalOf(envelope.message, event.ports) : wrongMajor(major)
    if (refused !== undefined) {
      const outcome = { ok: false, error: errorToRecord(refused) } as const
      receiver.postMessage({ channel, boot, message: answerMessage(id, outcome) } satisfies Envelope)
      return true
    }
    accept(event, { page, receiver }, channel, envelope.message as unknown as ApplyMessage)
    return true
  }

  /** The event beside a call that comes over the line, or a question about one. */
  function stayAwake(event: CallEvent, page: Page, { channel, awake, asks }: Envelope): void {
    const id = String(awake).slice(0, MAX_CALL_ID_LENGTH)
    const key = `${page.id} ${id}`
    const call = runningByKey.get(key)
    const answered = answersByKey.get(key)
    if (call !== undefined) {
      event.waitUntil(call.done)
      if (asks === true) page.postMessage({ channel, boot, running: id } satisfies Envelope)
    } else if (answered === undefined) page.postMessage({ channel, boot, missing: id } satisfies Envelope)
    else if (asks === true) page.postMessage(answered)
  }

  function accept(
    event: CallEvent,
    { page, receiver }: { readonly page: Page; readonly receiver: Receiver },
    channel: string,
    message: ApplyMessage,
  ): void {
    const key = `${page.id} ${message.id}`
    const joined = runningByKey.get(key)
    if (joined !== undefined) {
      event.waitUntil(joined.done)
      joined.receiver = receiver
      receiver.postMessage({ channel, boot, running: message.id } satisfies Envelope)
      return
    }
    const answered = answersByKey.get(key)
    if (answered !== undefined) {
      receiver.postMessage(answered)
      return
    }
    let finish = () => {}
    const done = new Promise<void>((resolve) => {
      finish = resolve
    })
    runningByKey.set(key, { callId: message.id, channel, receiver, done, finish })
    event.waitUntil(done)
    dispatch({ ...message, id: key })
  }

  function refusalOf(
    message: Readonly<Record<string, unknown>>,
    ports: readonly unknown[],
  ): ChatkeepError | undefined {
    const { type, path, argumentList } = message
    const method: unknown = Array.isArray(path) && path.length === 1 ? path[0] : undefined
    if (type !== 'APPLY' || typeof method !== 'string' || isPrototypeKey(method) || ports.length > 1) {
      return forbidden('Only plain calls of a named method are answered.')
    }
    if (!methods.has(method)) {
      const text = `This worker does not know the method ${method.slice(0, 50)}. Reload to get matching versions.`
      return refused('rpc/unsupported', text, { protocol: PROTOCOL_MAJOR })
    }
    const wire: unknown =
      Array.isArray(argumentList) && argumentList.length === 1 ? argumentList[0] : undefined
    if (!isObject(wire) || wire.type !== 'RAW' || !isObject(wire.value)) {
      return forbidden('A call carries exactly one plain argument.')
    }
    const { database } = wire.value
    if (database !== null && typeof database !== 'string') return forbidden('A call names its database.')
    const size = argumentSize(wire.value, MAX_ARGUMENT_BYTES)
    if (size === 'not-plain') return forbidden('The argument is no plain data.')
    if (size > MAX_ARGUMENT_BYTES) return refused('input/too-large', 'The call is larger than 32 MB.')
    return undefined
  }

  function dispatch(message: unknown): void {
    const event = new MessageEvent('message', { data: message })
    for (const listener of listeners) {
      if (typeof listener === 'function') listener(event)
      else listener.handleEvent(event)
    }
  }

  /** Comlink's answer to the call of that key. */
  function answer(message: unknown): void {
    if (!isObject(message) || typeof message.id !== 'string') return
    const call = runningByKey.get(message.id)
    if (call === undefined) return
    const envelope: Envelope = { channel: call.channel, boot, message: { ...message, id: call.callId } }
    call.receiver.postMessage(envelope) // Throws when it cannot be cloned: Comlink then answers with an error instead.
    runningByKey.delete(message.id)
    keep(message.id, envelope)
    call.finish()
  }

  function keep(key: string, envelope: Envelope): void {
    const size = argumentSize(envelope, KEPT_ANSWER_BYTES)
    if (size === 'not-plain' || size > KEPT_ANSWER_BYTES) return
    answersByKey.set(key, envelope)
    for (const oldest of answersByKey.keys()) {
      if (answersByKey.size <= KEPT_ANSWERS) break
      answersByKey.delete(oldest)
    }
  }

  return {
    receive,
    postMessage: answer,
    addEventListener: (_type: string, listener: EventListenerOrEventListenerObject) =>
      void listeners.add(listener),
    removeEventListener: (_type: string, listener: EventListenerOrEventListenerObject) =>
      void listeners.delete(listener),
  }
}

function wrongMajor(major: number): ChatkeepError {
  const text = `This worker speaks protocol ${PROTOCOL_MAJOR}, the page ${major}. Reload to get matching versions.`
  return refused('rpc/unsupported', text, { protocol: PROTOCOL_MAJOR })
}

function forbidden(reason: string): ChatkeepError {
  return refused('rpc/forbidden', `The call was refused and nothing was done. ${reason}`)
}

function refused(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): ChatkeepError {
  return new ChatkeepError(code, message, { details })
}
