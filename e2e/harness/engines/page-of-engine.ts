import type { Page } from '@playwright/test'
import type { EngineTab } from './engine-browser.ts'

/**
 * A tab of another browser in the shape of Playwright's page: the few methods that tests for every engine use. What goes in
 * and comes out of `evaluate` has to be JSON. Whatever else is asked of it says so.
 */
export function pageOfEngine(tab: EngineTab): Page {
  const known: Readonly<Record<string, (...parameters: never[]) => Promise<unknown>>> = {
    goto: (url: string) => tab.goto(url),
    reload: () => tab.reload(),
    close: () => tab.close(),
    evaluate: async (work: (input: unknown) => unknown, input?: unknown) => {
      const told = JSON.parse(await tab.evaluate(expressionOf(work, input))) as Told
      if ('error' in told) throw new Error(`page.evaluate: ${told.error}`)
      return told.value
    },
  }
  return new Proxy({} as Page, {
    get(_target, name) {
      if (name === 'then') return undefined // A proxy that is awaited must not look like a promise.
      const method = known[String(name)]
      if (method !== undefined) return method
      throw new Error(`page.${String(name)} is there in Chromium only: tag the test @chromium.`)
    },
  })
}

type Told = { readonly value?: unknown } | { readonly error: string }

function expressionOf(work: (input: unknown) => unknown, input: unknown): string {
  const given = input === undefined ? 'undefined' : JSON.stringify(input)
  return `(async () => {
    try { return JSON.stringify({ value: await (${work})(${given}) }) }
    catch (error) { return JSON.stringify({ error: String(error) }) }
  })()`
}
