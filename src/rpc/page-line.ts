import { isObject } from '../domain/json-object.ts'
import type { ApplyMessage, RpcClock } from './protocol.ts'
import type { Line, WorkerPort } from './worker-port.ts'

/** A line, and whose it is as soon as that worker has spoken. */
export type KnownLine = Line & { boot?: string }

/** A worker that got an event is not stopped for want of work for 30 s; of those this many count. */
const AWAKE_MS = 5_000

/**
 * Sends calls the quickest way that is known to work. An event goes through the browser's main process, which takes 0.5–1 ms each way; a port
 * leads straight to the worker, but cannot wake it nor keep it alive. So the first event gives the worker a line, which answers come by;
 * later calls go over the line, with a small event (`wake`) beside those that take longer or come after a pause, which keeps the worker awake. A
 * worker that was started anew misses the call and says so.
 */
export function createPageLine(
  port: WorkerPort,
  channel: string,
  clock: RpcClock,
  receive: (envelope: unknown) => void,
) {
  let line: KnownLine | undefined
  let lastEventAt = Number.NEGATIVE_INFINITY

  function post(message: unknown, given?: KnownLine): void {
    port.post(message, given)
    lastEventAt = clock.now()
  }

  function open(): KnownLine {
    const opened: KnownLine = port.openLine((envelope) => {
      if (isObject(envelope) && typeof envelope.boot === 'string') opened.boot = envelope.boot
      receive(envelope)
    })
    return opened
  }

  return {
    /** Answers the line that the call went over; undefined for an event. Throws when the message cannot be cloned. */
    send(message: ApplyMessage): KnownLine | undefined {
      if (line?.boot !== undefined) {
        line.post({ channel, message })
        return line
      }
      if (line !== undefined) post({ channel, message })
      else {
        line = open()
        post({ channel, message }, line)
      }
      return undefined
    },
    /** Whether the worker had an event lately, so that it stays a while. */
    isAwake(): boolean {
      const pauseMs = clock.now() - lastEventAt
      return pauseMs >= 0 && pauseMs < AWAKE_MS
    },
    /** Keeps the worker awake until this call, which went over the line, is answered. */
    wake: (id: string): void => post({ channel, awake: id }),
    /** Asks for a call that went over this line, without sending its argument again. */
    ask: (id: string): void => post({ channel, awake: id, asks: true }),
    isOpen: (given: KnownLine | undefined): boolean => given !== undefined && given === line,
    /** The next call is an event, with a new line. `given`: only if that is the line still. */
    drop(given: KnownLine | undefined = line): void {
      if (given === undefined || given !== line) return
      line.close()
      line = undefined
    },
  }
}
