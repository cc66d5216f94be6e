/** The page's way to its worker. */
export type WorkerPort = {
  /**
   * Posts to the worker that is active now (read again for each message, because an old one's messages vanish), as an event, which
   * wakes it. `line` gives it the other end of a line.
   */
  readonly post: (message: unknown, line?: Line) => void
  readonly openLine: (hear: (data: unknown) => void) => Line
  /** Messages that workers sent to this page. */
  readonly listen: (listener: (data: unknown) => void) => () => void
  /** Fires when another worker took over. */
  readonly onTakeover: (listener: () => void) => () => void
  /** Resolves when the worker of that boot id is gone; absent where the browser cannot tell. */
  readonly watchDeath?: (boot: string, signal: AbortSignal) => Promise<void>
}

/** A message channel whose other end the worker holds. It dies with the worker and tells nobody. */
export type Line = { post(message: unknown): void; close(): void }
