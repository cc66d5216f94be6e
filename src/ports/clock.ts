/** Time and timers, replaceable in tests. */
export interface Clock {
  /** Milliseconds since 1970. May jump in both directions. */
  now(): number
  /** Calls back after `delayMs` unless cancelled. In a worker a delay beyond the idle limit never fires: only pages rely on long ones. */
  setTimer(callback: () => void, delayMs: number): Cancel
}
export type Cancel = () => void
