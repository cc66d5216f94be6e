import type { ClientEvent, ClientStatus } from './api.ts'
import type { Core } from './core.ts'

/** Tells the app's telemetry what it wants to know, from the changes of the status since `before`. Never its content. */
export function reportChanges({ status, options }: Core, before: ClientStatus): () => void {
  let last = before

  function report(after: ClientStatus): void {
    const { rung, degraded, sync, updateReady, migration } = after
    if (last.rung !== rung) emit({ type: 'rungChanged', rung, reason: degraded })
    if (sync.lastError !== null && sync.lastError.at !== last.sync.lastError?.at) {
      emit({ type: 'syncFailed', error: sync.lastError })
    }
    if (sync.lastSuccessAt !== null && sync.lastSuccessAt !== last.sync.lastSuccessAt) {
      emit({ type: 'synced', at: sync.lastSuccessAt })
    }
    if (updateReady && !last.updateReady) emit({ type: 'updateReady' })
    if (migration !== null && migration !== last.migration) emit({ type: 'migrated', report: migration })
    last = after
  }

  function emit(event: ClientEvent): void {
    try {
      options.onEvent?.(event)
    } catch (error) {
      console.error(error) // The app's telemetry must not stop what it watches.
    }
  }

  report(status.get())
  return status.listen(report)
}
