// Checks every file against the table of import-rules.ts. Needs no TypeScript API: the files are parsed by oxc.
import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'oxc-parser'
import { IMPORT_RULES, type ImportRule } from './import-rules.ts'

export type Violation = { readonly file: string; readonly line: number; readonly message: string }

const SOURCES = '**/*.{ts,tsx,mts,js,mjs,jsx}'
const SKIPPED = /(^|\/)(node_modules|dist|test-results|playwright-report|coverage|\.[^/]+)(\/|$)/

/** Paths are relative to the repository's root, with forward slashes. */
export function checkSource(file: string, source: string): Violation[] {
  const found = ruleFor(file)
  if (!found) {
    if (!file.includes('/')) return [] // Configuration at the root may import what it configures.
    return [
      { file, line: 1, message: 'no import rule covers this folder: add it to scripts/import-rules.ts' },
    ]
  }
  const violations: Violation[] = []
  const lineAt = (offset: number) => source.slice(0, offset).split('\n').length
  const refuse = (offset: number, message: string) => violations.push({ file, line: lineAt(offset), message })

  const parsed = parseSync(file, source)
  for (const error of parsed.errors) refuse(error.labels[0]?.start ?? 0, error.message)

  for (const { specifier, offset } of specifiersOf(parsed)) {
    const reason = refusal(file, found.folder, found.rule, specifier)
    if (reason) refuse(offset, reason)
  }
  if (found.rule.pure) {
    for (const { use, offset } of impurities(parsed.program)) {
      refuse(offset, `${found.folder} may not use ${use}: time and randomness come through ports`)
    }
  }
  return violations
}

export function checkRepository(root: string): { files: number; violations: Violation[] } {
  const files = globSync(SOURCES, { cwd: root, exclude: (path) => SKIPPED.test(slashed(path)) })
    .map(slashed)
    .filter((file) => !SKIPPED.test(file))
  return {
    files: files.length,
    violations: files.flatMap((file) => checkSource(file, readFileSync(`${root}/${file}`, 'utf8'))),
  }
}

const slashed = (path: string) => path.replaceAll('\\', '/')

function ruleFor(file: string): { folder: string; rule: ImportRule } | undefined {
  const folders = Object.keys(IMPORT_RULES).filter((folder) => isWithin(file, folder))
  const folder = folders.sort((a, b) => b.length - a.length)[0]
  const rule = folder === undefined ? undefined : IMPORT_RULES[folder]
  return folder !== undefined && rule ? { folder, rule } : undefined
}

/** `src/client/register` covers the folder of that name, and the files `register.ts` and `register.tsx`. */
function isWithin(file: string, folder: string): boolean {
  return (
    file === folder || file.startsWith(`${folder}/`) || file === `${folder}.ts` || file === `${folder}.tsx`
  )
}

function refusal(file: string, folder: string, rule: ImportRule, specifier: string): string | undefined {
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    if (rule.folders === 'any' || isWithin(target, folder)) return undefined
    if (rule.folders.some((allowed) => isWithin(target, allowed))) return undefined
    return `${folder} may not import ${target}`
  }
  if (rule.packages === 'any') return undefined
  const name = packageName(specifier)
  return rule.packages.includes(name) ? undefined : `${folder} may not import ${specifier}`
}

function packageName(specifier: string): string {
  if (isBuiltin(specifier)) return 'node:'
  const [first = '', second = ''] = specifier.split('/')
  return specifier.startsWith('@') ? `${first}/${second}` : first
}

type Parsed = ReturnType<typeof parseSync>

function specifiersOf(parsed: Parsed): { specifier: string; offset: number }[] {
  const found: { specifier: string; offset: number }[] = []
  const { staticImports, staticExports } = parsed.module
  for (const { moduleRequest } of staticImports) {
    found.push({ specifier: moduleRequest.value, offset: moduleRequest.start })
  }
  for (const { entries } of staticExports) {
    for (const { moduleRequest } of entries) {
      if (moduleRequest) found.push({ specifier: moduleRequest.value, offset: moduleRequest.start })
    }
  }
  new Visitor({
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') {
        found.push({ specifier: node.source.value, offset: node.start })
      }
    },
    TSImportType(node) {
      found.push({ specifier: node.source.value, offset: node.start })
    },
  }).visit(parsed.program)
  return found
}

function impurities(program: Parsed['program']): { use: string; offset: number }[] {
  const found: { use: string; offset: number }[] = []
  new Visitor({
    MemberExpression(node) {
      if (node.object.type !== 'Identifier') return
      const property =
        node.property.type === 'Identifier'
          ? node.property.name
          : 'value' in node.property
            ? node.property.value
            : ''
      const use = `${node.object.name}.${property}`
      if (use === 'Date.now' || use === 'Math.random') found.push({ use, offset: node.start })
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0) {
        found.push({ use: 'new Date()', offset: node.start })
      }
    },
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date') {
        found.push({ use: 'Date()', offset: node.start })
      }
    },
  }).visit(program)
  return found
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { files, violations } = checkRepository(root)
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`)
  console.log(`Import rules: ${files} files, ${violations.length} violations`)
  if (violations.length > 0) process.exitCode = 1
}
