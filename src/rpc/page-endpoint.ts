import { isObject } from '../domain/json-object.ts'
import { argumentSize } from './argument-size.ts'
import { createDeathWatch } from './death-watch.ts'
import { createPageLine, type KnownLine } from './page-line.ts'
import {
  isOutcome,
  NOT_PLAIN,
  refusal,
  TIMED_OUT,
  TOO_LARGE,
  UNREACHABLE,
  UNREADABLE,
} from './page-refusals.ts'
import {
  type ApplyMessage,
  answerMessage,
  channelName,
  MAX_ARGUMENT_BYTES,
  type Outcome,
  PROTOCOL_MAJOR,
  type RpcClock,
} from './protocol.ts'
import type { WorkerPort } from './worker-port.ts'

/** Most calls are answered before this; the worker is kept awake for the others. */
const PATIENCE_MS = 25
/** Wait for a sign of life after the first try; doubles with each further try. */
const FIRST_WAIT_MS = 1_000
/** Tries without a sign of life before a worker counts as unreachable: 15 s together. */
const SILENT_TRIES = 4
/** How often a call that the worker said is running is asked after. */
const RUNNING_POLL_MS = 5_000
const DEFAULT_DEADLINE_MS = 120_000

type PendingCall = {
  readonly message: ApplyMessage
  silentTries: number
  running: boolean
  cancelTimer: () => void
  cancelDeadline: () => void
  /** The line that it was sent over last, if not as an event. */
  line?: KnownLine | undefined
}

/**
 * Comlink's endpoint in a page. Each call is a message of its own to the worker that is active now, sent again under the
 * same id until it is answered, and always settles:
 *
 *     sent ──answer──────────────────────────► settled
 *      │ ▲ └─ "running" ─► asked after every 5 s, up to the deadline ─► rpc/timeout
 *      │ └── resent: after 1, 2, 4, 8 s of silence; on takeover; when the worker's death is noticed
 *      └── four tries in silence ─► rpc/unreachable
 */
export function createPageEndpoint(
  port: WorkerPort,
  clock: RpcClock,
  deadlineMs: (method: string) => number = () => DEFAULT_DEADLINE_MS,
) {
  const channel = channelName(PROTOCOL_MAJOR)
  const callsById = new Map<string, PendingCall>()
  const listeners = new Set<EventListenerOrEventListenerObject>()
  let boot: string | undefined
  const line = createPageLine(port, channel, clock, receive)
  const deathWatch = createDeathWatch(port, clock, {
    boot: () => boot,
    onDeath: () => resendAll({ forgiving: false }),
  })

  const stopListening = port.listen(receive)
  const stopTakeover = port.onTakeover(() => resendAll({ forgiving: true }))

  function post(message: unknown): void {
    if (!isObject(message) || message.type !== 'APPLY') return // A collected proxy's RELEASE: nothing is held for it.
    const apply = message as unknown as ApplyMessage
    const size = argumentSize(apply.argumentList, MAX_ARGUMENT_BYTES)
    if (size === 'not-plain') {
      import('./not-plain.ts')
        .then(({ refuseNotPlain }) => refuseNotPlain(apply.argumentList[0].value.argument))
        .catch(() => refusal('input/invalid', NOT_PLAIN)) // Without network it is refused without its path.
        .then((outcome) => deliver(apply.id, outcome))
      return
    }
    if (size > MAX_ARGUMENT_BYTES) {
      deliver(apply.id, refusal('input/too-large', TOO_LARGE))
      return
    }
    const call: PendingCall = {
      message: apply,
      silentTries: 0,
      running: false,
      cancelTimer: () => {},
      cancelDeadline: clock.setTimer(
        () => settle(apply.id, refusal('rpc/timeout', TIMED_OUT, { method: apply.path[0] })),
        deadlineMs(apply.path[0]),
      ),
    }
    callsById.set(apply.id, call)
    send(call)
    deathWatch.start()
  }

  function send(call: PendingCall): void {
    const { id } = call.message
    call.cancelTimer()
    if (call.silentTries === SILENT_TRIES) {
      settle(id, refusal('rpc/unreachable', UNREACHABLE))
      return
    }
    const waitMs = call.running ? RUNNING_POLL_MS : FIRST_WAIT_MS * 2 ** call.silentTries
    call.silentTries += 1
    call.running = false
    try {
      if (line.isOpen(call.line)) line.ask(id)
      else {
        if (call.silentTries > 1) line.drop() // It leads to nobody, perhaps.
        call.line = line.send(call.message)
        if (call.line !== undefined && line.isAwake()) {
          call.cancelTimer = clock.setTimer(() => wake(call, waitMs), PATIENCE_MS)
          return
        }
        if (call.line !== undefined) line.wake(id)
      }
    } catch (cause) {
      settle(id, refusal('input/invalid', NOT_PLAIN, { cause: String(cause) }))
      return
    }
    call.cancelTimer = clock.setTimer(() => send(call), waitMs)
  }

  function wake(call: PendingCall, waitMs: number): void {
    call.cancelTimer = clock.setTimer(() => send(call), waitMs)
    line.wake(call.message.id)
  }

  function receive(envelope: unknown): void {
    if (!isObject(envelope) || envelope.channel !== channel) return
    if (typeof envelope.boot === 'string') boot = envelope.boot
    if (typeof envelope.running === 'string') {
      keepWaiting(envelope.running)
      return
    }
    if (typeof envelope.missing === 'string') {
      sendMissing(envelope.missing, envelope.boot)
      return
    }
    const { message } = envelope
    if (!isObject(message) || typeof message.id !== 'string' || !callsById.has(message.id)) return
    settle(message.id, isOutcome(message.value) ? message.value : refusal('internal', UNREADABLE))
  }

  /** A worker that the call's line leads to hears it yet, the event was quicker; unless it was asked again. */
  function sendMissing(id: string, askedBoot: unknown): void {
    const call = callsById.get(id)
    if (call === undefined || (call.line?.boot === askedBoot && call.silentTries < 2)) return
    line.drop(call.line)
    call.silentTries = 0
    send(call)
  }

  function keepWaiting(id: string): void {
    const call = callsById.get(id)
    if (call === undefined) return
    call.cancelTimer()
    call.silentTries = 0
    call.running = true
    call.cancelTimer = clock.setTimer(() => send(call), RUNNING_POLL_MS)
  }

  function resendAll({ forgiving }: { readonly forgiving: boolean }): void {
    line.drop()
    for (const call of [...callsById.values()]) {
      if (forgiving) call.silentTries = 0
      send(call)
    }
  }

  function settle(id: string, outcome: Outcome): void {
    const call = callsById.get(id)
    if (call === undefined) return
    callsById.delete(id)
    call.cancelTimer()
    call.cancelDeadline()
    if (callsById.size === 0) deathWatch.stop()
    deliver(id, outcome)
  }

  function deliver(id: string, outcome: Outcome): void {
    const event = new MessageEvent('message', { data: answerMessage(id, outcome) })
    for (const listener of listeners) {
      if (typeof listener === 'function') listener(event)
      else listener.handleEvent(event)
    }
  }

  return {
    postMessage: post,
    addEventListener: (_type: string, listener: EventListenerOrEventListenerObject) =>
      void listeners.add(listener),
    removeEventListener: (_type: string, listener: EventListenerOrEventListenerObject) =>
      void listeners.delete(listener),
    /** Settles what is in flight with `rpc/unreachable` and lets go of the worker. */
    close() {
      for (const id of [...callsById.keys()]) settle(id, refusal('rpc/unreachable', UNREACHABLE))
      line.drop()
      stopListening()
      stopTakeover()
    },
  }
}
