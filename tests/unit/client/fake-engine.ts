import type { Rung } from '../../../src/client/api.ts'
import type { Engine, Step } from '../../../src/client/ladder.ts'
import { NO_SYNC } from '../../../src/client/status.ts'
import { ChatkeepError, type ErrorCode } from '../../../src/domain/errors.ts'

export type RecordedCall = { database: string | null; method: string; argument: any }

/** An engine that answers what a session needs, records its calls, and can be lost or answer as a test says. */
export function createFakeEngine(rung: Rung, answers: Record<string, (argument: any) => unknown> = {}) {
  const calls: RecordedCall[] = []
  const settings = new Map<string, unknown>()
  let isLost = false
  let isClosed = false
  const defaults: Record<string, (argument: any) => unknown> = {
    openSession: ({ baseName }) => ({ database: baseName, accountId: null, adoptable: null }),
    setSetting: ({ name, value }) => void settings.set(name, value),
    getSetting: ({ name }) => ({ value: settings.get(name) }),
    status: () => NO_SYNC,
    wake: () => ({ dueAt: null }),
    configureCloud: () => undefined,
    appendMessages: ({ conversationId }) => ({ conversationId, revision: 1, written: [], queued: true }),
  }
  const engine: Engine = {
    rung,
    caller: {
      async call(call) {
        calls.push(call as RecordedCall)
        if (isLost) throw failure('rpc/unreachable')
        const answer = answers[call.method] ?? defaults[call.method]
        if (answer === undefined) throw failure('rpc/unsupported')
        return answer(call.argument)
      },
    },
    async close() {
      isClosed = true
    },
  }
  return {
    engine,
    calls,
    step: { rung, start: async () => engine } satisfies Step,
    callsOf: (method: string) => calls.filter((call) => call.method === method),
    lose() {
      isLost = true
    },
    returnAgain() {
      isLost = false
    },
    isClosed: () => isClosed,
  }
}

export const failure = (code: ErrorCode, details: Record<string, unknown> = {}) =>
  new ChatkeepError(code, 'as the test said', { details })

/** A rung that this browser does not offer. */
export const failingStep = (rung: Rung, code: ErrorCode): Step => ({
  rung,
  start: () => Promise.reject(failure(code)),
})
