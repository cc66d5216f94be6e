/// <reference lib="webworker" />
import type { Clock } from '../src/ports/clock.ts'
import type { Random } from '../src/ports/random.ts'
import { TOKEN_CHANNEL, type TokenAnswer, type TokenQuestion } from '../src/rpc/token-messages.ts'

/** Pages that do not answer by then cannot: the queue parks until one comes. */
const ANSWER_TIMEOUT_MS = 3_000

/** Asks open pages for a bearer token; the worker stores none. */
export type PageTokens = {
  /** The first token that a page gives for that cloud, or null. */
  ask(cloudUrl: string): Promise<string | null>
  /** Takes a page's answer; false for any other message. */
  receive(event: ExtendableMessageEvent): boolean
}

export function createPageTokens(scope: ServiceWorkerGlobalScope, clock: Clock, random: Random): PageTokens {
  const waitingById = new Map<string, { settle: (token: string | null) => void; unheard: number }>()

  return {
    async ask(cloudUrl) {
      const pages = await scope.clients.matchAll({ type: 'window', includeUncontrolled: true })
      if (pages.length === 0) return null
      const id = random.id()
      return new Promise((resolve) => {
        const settle = (token: string | null) => {
          cancelTimer()
          waitingById.delete(id)
          resolve(token)
        }
        const cancelTimer = clock.setTimer(() => settle(null), ANSWER_TIMEOUT_MS)
        waitingById.set(id, { settle, unheard: pages.length })
        for (const page of pages)
          page.postMessage({ channel: TOKEN_CHANNEL, id, cloudUrl } satisfies TokenQuestion)
      })
    },
    receive(event) {
      const answer = event.data as Partial<TokenAnswer> | null
      if (typeof answer !== 'object' || answer?.channel !== TOKEN_CHANNEL) return false
      if (event.origin !== scope.location.origin || typeof answer.id !== 'string') return true
      const question = waitingById.get(answer.id)
      if (question === undefined) return true
      question.unheard -= 1
      if (typeof answer.token === 'string' && answer.token !== '') question.settle(answer.token)
      else if (question.unheard <= 0) question.settle(null)
      return true
    },
  }
}
