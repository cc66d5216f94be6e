import { type ApplyMessage, isObject } from './protocol.ts'
import type { Line, WorkerPort } from './worker-port.ts'

/** A line, and whose it is as soon as that worker has spoken. */
export type KnownLine = Line & { boot?: string }

/**
 * Sends calls the quickest way that is known to work. An event goes through the browser's main process, which takes 0.5–1 ms each way; a port
 * leads straight to the worker, but cannot wake it nor keep it alive. So the first event gives the worker a line, which answers come by;
 * later calls go over the line, with a small event beside each of them that keeps the worker awake. A worker that was started anew misses
 * the call and says so.
 */
export function createPageLine(port: WorkerPort, channel: string, receive: (envelope: unknown) => void) {
  let line: KnownLine | undefined

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
        port.post({ channel, awake: message.id })
        return line
      }
      if (line !== undefined) port.post({ channel, message })
      else {
        line = open()
        port.post({ channel, message }, line)
      }
      return undefined
    },
    /** Asks for a call that went over this line, without sending its argument again. */
    ask: (id: string): void => port.post({ channel, awake: id, asks: true }),
    isOpen: (given: KnownLine | undefined): boolean => given !== undefined && given === line,
    /** The next call is an event, with a new line. `given`: only if that is the line still. */
    drop(given: KnownLine | undefined = line): void {
      if (given === undefined || given !== line) return
      line.close()
      line = undefined
    },
  }
}
