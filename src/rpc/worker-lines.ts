import { isObject } from '../domain/json-object.ts'

/** Where the answer to a call goes: the way that the call came. */
export type Receiver = { postMessage(message: unknown): void }
export type Page = Receiver & { readonly id: string; readonly type: string }
/** The worker's end of a `MessagePort` that a page opened. */
export type Line = Receiver & {
  onmessage: ((event: { readonly data: unknown; readonly ports: readonly unknown[] }) => void) | null
  close(): void
}

/** Pages that are gone say nothing. One whose line was given up hears nothing on it and talks by events again. */
const KEPT_LINES = 100

/** Listens to the lines that pages open to this worker. They die with it. */
export function createWorkerLines(
  receive: (page: Page, line: Line, data: unknown, ports: readonly unknown[]) => void,
): { adopt(line: Line, page: Page): void } {
  const lines = new Set<Line>()

  return {
    adopt(line, page) {
      lines.add(line)
      line.onmessage = ({ data, ports }) => receive(page, line, data, ports)
      for (const oldest of lines) {
        if (lines.size <= KEPT_LINES) break
        lines.delete(oldest)
        oldest.close()
      }
    },
  }
}

/** A window that can be answered; neither another worker nor a port. */
export function isPage(source: unknown): source is Page {
  return (
    isObject(source) &&
    source.type === 'window' &&
    typeof source.id === 'string' &&
    typeof source.postMessage === 'function'
  )
}

export function isLine(port: unknown): port is Line {
  return isObject(port) && typeof port.postMessage === 'function' && typeof port.close === 'function'
}
