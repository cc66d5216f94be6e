import { isObject } from './protocol.ts'

/** Where answers go: the page's line, or the page itself as long as it gave none. */
type Receiver = { postMessage(message: unknown): void }
export type Page = Receiver & { readonly id: string; readonly type: string }
/** The worker's end of a `MessagePort` that a page opened. */
export type Line = Receiver & {
  onmessage: ((event: { readonly data: unknown; readonly ports: readonly unknown[] }) => void) | null
  close(): void
}

/** Pages that are gone say nothing; a page whose line was given up talks by events again. */
const KEPT_LINES = 100

/** The lines of pages to this worker. They die with it. */
export function createWorkerLines(receive: (page: Page, data: unknown, ports: readonly unknown[]) => void): {
  /** Answers to this page go there from now on, and what it says there is heard. */
  adopt(line: Line, page: Page): void
  /** Throws when the message cannot be cloned. */
  tell(page: Page, message: unknown): void
} {
  const linesByPage = new Map<string, Line>()

  function drop(pageId: string): void {
    linesByPage.get(pageId)?.close()
    linesByPage.delete(pageId)
  }

  return {
    adopt(line, page) {
      drop(page.id)
      linesByPage.set(page.id, line)
      line.onmessage = ({ data, ports }) => receive(page, data, ports)
      for (const oldest of linesByPage.keys()) {
        if (linesByPage.size <= KEPT_LINES) break
        drop(oldest)
      }
    },
    tell(page, message) {
      const receiver = linesByPage.get(page.id) ?? page
      receiver.postMessage(message)
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
