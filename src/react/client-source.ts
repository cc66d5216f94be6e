import type { ChatkeepClient } from '../client/api.ts'
import { ChatkeepError } from '../domain/errors.ts'

/** What a provider was given: a client, a promise of one, or a function that registers one when the page is there. */
export type ClientInput = ChatkeepClient | PromiseLike<ChatkeepClient> | (() => PromiseLike<ChatkeepClient>)

export type ClientState =
  | { readonly state: 'loading'; readonly client: null; readonly error: null }
  | { readonly state: 'ready'; readonly client: ChatkeepClient; readonly error: null }
  | { readonly state: 'failed'; readonly client: null; readonly error: ChatkeepError }

/** A client that may still be on its way, as a store that React can subscribe to. */
export type ClientSource = {
  /** Same object until it changes. */
  getState(): ClientState
  subscribe(listener: () => void): () => void
  /** Resolves when there is a client; rejects when the promise given did. */
  readonly ready: Promise<ChatkeepClient>
  /** Calls the register function, once. Only effects call it, so that nothing is registered on a server. */
  start(): void
}

const LOADING: ClientState = { state: 'loading', client: null, error: null }

export function createClientSource(input: ClientInput): ClientSource {
  let state: ClientState = LOADING
  let started = false
  const listeners = new Set<() => void>()
  const { promise: ready, resolve, reject } = Promise.withResolvers<ChatkeepClient>()
  // Nothing is lost: the state says `failed`, and who awaits `ready` gets the rejection as well.
  ready.catch(() => {})

  if (isClient(input)) arrived(input)
  else if (typeof input !== 'function') follow(input)

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ready,
    start() {
      if (started || typeof input !== 'function') return
      started = true
      try {
        follow(input())
      } catch (cause) {
        failed(cause)
      }
    },
  }

  function follow(promise: PromiseLike<ChatkeepClient>): void {
    promise.then(arrived, failed)
  }

  function arrived(client: ChatkeepClient): void {
    state = { state: 'ready', client, error: null }
    resolve(client)
    for (const listener of [...listeners]) listener()
  }

  function failed(cause: unknown): void {
    const error = toChatkeepError(cause)
    state = { state: 'failed', client: null, error }
    reject(error)
    for (const listener of [...listeners]) listener()
  }
}

/** Anything thrown, as a `ChatkeepError`: what hooks hand out. */
export function toChatkeepError(cause: unknown): ChatkeepError {
  if (cause instanceof ChatkeepError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  return new ChatkeepError('internal', message, { cause })
}

function isClient(input: ClientInput): input is ChatkeepClient {
  return typeof input === 'object' && 'listConversations' in input
}
