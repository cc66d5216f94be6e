import { type Endpoint, expose } from 'comlink'
import { errorToRecord } from '../domain/errors.ts'
import type { CallArgument, Caller, Outcome } from './protocol.ts'

/** Answers calls of the named methods, and of nothing else: the table has no prototype that a path could climb. */
export function exposeCaller(caller: Caller, methods: readonly string[], endpoint: Endpoint): void {
  const table: Record<string, (call: CallArgument) => Promise<Outcome>> = Object.create(null)
  for (const method of methods) {
    table[method] = async ({ database, argument }) => {
      try {
        return { ok: true, value: await caller.call({ database, method, argument }) }
      } catch (error) {
        return { ok: false, error: errorToRecord(error) }
      }
    }
  }
  expose(Object.freeze(table), endpoint)
}
