// The web platform's types that every host of the engine has: browsers, workers and Node. Nothing here does I/O, keeps time
// or makes randomness; that comes through ports. Add with care.

interface Event {
  readonly type: string
}

interface EventTarget {
  addEventListener(
    type: string,
    listener: (event: Event) => void,
    options?: { once?: boolean; signal?: AbortSignal },
  ): void
  removeEventListener(type: string, listener: (event: Event) => void): void
}

interface AbortSignal extends EventTarget {
  readonly aborted: boolean
  readonly reason: unknown
  throwIfAborted(): void
}
declare const AbortSignal: {
  abort(reason?: unknown): AbortSignal
  any(signals: Iterable<AbortSignal>): AbortSignal
}

interface AbortController {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
}
declare const AbortController: { new (): AbortController }

interface DOMException extends Error {}
declare const DOMException: { new (message?: string, name?: string): DOMException }

interface TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>
  encodeInto(source: string, destination: Uint8Array): { readonly read: number; readonly written: number }
}
declare const TextEncoder: { new (): TextEncoder }

interface TextDecoder {
  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string
}
declare const TextDecoder: {
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder
}

interface URLSearchParams extends Iterable<[string, string]> {
  get(name: string): string | null
  set(name: string, value: string): void
  append(name: string, value: string): void
  toString(): string
}
declare const URLSearchParams: {
  new (init?: string | Record<string, string> | Iterable<[string, string]>): URLSearchParams
}

interface URL {
  readonly href: string
  readonly origin: string
  readonly protocol: string
  readonly pathname: string
  readonly search: string
  readonly searchParams: URLSearchParams
  toString(): string
}
declare const URL: {
  new (url: string, base?: string | URL): URL
  canParse(url: string, base?: string): boolean
}

interface Blob {
  readonly size: number
  readonly type: string
  arrayBuffer(): Promise<ArrayBuffer>
  slice(start?: number, end?: number, contentType?: string): Blob
  text(): Promise<string>
}
declare const Blob: {
  new (
    parts?: readonly (ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob | string)[],
    options?: { type?: string },
  ): Blob
}

interface ReadableStreamDefaultReader<T> {
  readonly closed: Promise<void>
  read(): Promise<{ done: false; value: T } | { done: true; value: T | undefined }>
  cancel(reason?: unknown): Promise<void>
  releaseLock(): void
}
interface ReadableStreamDefaultController<T> {
  readonly desiredSize: number | null
  enqueue(chunk: T): void
  close(): void
  error(reason?: unknown): void
}
interface ReadableStream<T = unknown> {
  readonly locked: boolean
  getReader(): ReadableStreamDefaultReader<T>
  cancel(reason?: unknown): Promise<void>
  tee(): [ReadableStream<T>, ReadableStream<T>]
  pipeThrough<U>(transform: {
    readonly readable: ReadableStream<U>
    readonly writable: WritableStream<T>
  }): ReadableStream<U>
}
declare const ReadableStream: {
  new <T>(source?: {
    start?(controller: ReadableStreamDefaultController<T>): void | PromiseLike<void>
    pull?(controller: ReadableStreamDefaultController<T>): void | PromiseLike<void>
    cancel?(reason?: unknown): void | PromiseLike<void>
  }): ReadableStream<T>
}
interface WritableStream<T = unknown> {
  readonly locked: boolean
  abort(reason?: unknown): Promise<void>
  close(): Promise<void>
}
interface TransformStreamDefaultController<T> {
  enqueue(chunk: T): void
  error(reason?: unknown): void
  terminate(): void
}
interface TransformStream<I = unknown, O = unknown> {
  readonly readable: ReadableStream<O>
  readonly writable: WritableStream<I>
}
declare const TransformStream: {
  new <I, O>(transformer?: {
    start?(controller: TransformStreamDefaultController<O>): void | PromiseLike<void>
    transform?(chunk: I, controller: TransformStreamDefaultController<O>): void | PromiseLike<void>
    flush?(controller: TransformStreamDefaultController<O>): void | PromiseLike<void>
  }): TransformStream<I, O>
}

declare function structuredClone<T>(value: T, options?: { transfer?: readonly ArrayBuffer[] }): T
declare function queueMicrotask(callback: () => void): void
declare function atob(text: string): string
declare function btoa(binary: string): string
