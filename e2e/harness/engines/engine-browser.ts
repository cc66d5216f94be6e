/** Engines that run the suite, or the part of it that needs nothing but what every browser has. */
export type Engine = 'chromium' | 'firefox' | 'webkit'

/** Which browser a project's tests run in. */
export type Settings = { readonly engine: Engine }

/** A browser other than Playwright's own, as far as the suite needs it. */
export type EngineBrowser = {
  /** Cookies and storage of its own, gone with it. */
  openProfile(): Promise<EngineProfile>
  close(): Promise<void>
}

export type EngineProfile = {
  openTab(): Promise<EngineTab>
  close(): Promise<void>
}

export type EngineTab = {
  goto(url: string): Promise<void>
  reload(): Promise<void>
  /** Evaluates an expression that is a promise of a text. */
  evaluate(expression: string): Promise<string>
  close(): Promise<void>
}

/** What is missing on this machine: said, and an error, wherever the engine was asked for. */
export class MissingEngine extends Error {}
