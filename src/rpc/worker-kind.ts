/**
 * Whose worker a page talks to, told beside `hello`: the app's own with chatkeep in it, or one of chatkeep's ready-made ones, of
 * which `storage` takes over by itself and `precache` waits for consent.
 */
export type WorkerKind = 'app' | 'storage' | 'precache'

export const isWorkerKind = (value: unknown): value is WorkerKind =>
  value === 'app' || value === 'storage' || value === 'precache'
