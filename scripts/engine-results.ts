import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { ROOT } from './run-program.ts'

export type EngineResult = {
  readonly isMissing: boolean
  readonly code: number
  /** By the name of the file, which is the promise's. */
  readonly byPromise: ReadonlyMap<string, Counts>
}
export type Counts = { readonly passed: number; readonly failed: number }

type Suite = {
  readonly suites?: readonly Suite[]
  readonly specs?: readonly { readonly ok: boolean }[]
}

/** Counts per file of what Playwright's JSON reporter wrote. */
export function readResult(path: string): ReadonlyMap<string, Counts> {
  const { suites } = JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as {
    suites: readonly (Suite & { readonly file: string })[]
  }
  return new Map(suites.map((suite) => [basename(suite.file, '.spec.ts'), countsOf(suite)]))
}

function countsOf({ suites = [], specs = [] }: Suite): Counts {
  const passed = specs.filter(({ ok }) => ok).length
  let counts: Counts = { passed, failed: specs.length - passed }
  for (const inner of suites.map(countsOf)) {
    counts = { passed: counts.passed + inner.passed, failed: counts.failed + inner.failed }
  }
  return counts
}

/** Promises down, engines across, as a Markdown table. `–`: tests of this promise need Chromium's debugger. */
export function tableOf(results: ReadonlyMap<string, EngineResult>): string {
  const promises = new Set([...results.values()].flatMap(({ byPromise }) => [...byPromise.keys()]))
  const rows = [...promises].sort().map((promise) => [
    promise,
    ...[...results.values()].map(({ isMissing, byPromise }) => {
      const counts = byPromise.get(promise)
      if (isMissing) return 'missing'
      if (counts === undefined) return '–'
      return counts.failed === 0
        ? `${counts.passed} passed`
        : `${counts.passed} passed, ${counts.failed} FAILED`
    }),
  ])
  const head = ['promise', ...results.keys()]
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
