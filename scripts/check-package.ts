// Checks what is published: its exports, its declarations, its sizes, its links, and that nothing unused is listed or exported.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deadLinks } from './packed-links.ts'
import { exists, programOf, ROOT, runProgram } from './run-program.ts'

const CHECKS: readonly {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
}[] = [
  { name: 'publint', program: programOf('publint'), args: ['--strict'] },
  {
    // The two classic scripts have no declarations: they are loaded by URL, not imported.
    name: 'attw',
    program: programOf('@arethetypeswrong/cli', 'attw'),
    args: ['--pack', '.', '--profile', 'esm-only', '--exclude-entrypoints', './sw.js', './sw-kill.js'],
  },
  { name: 'size-limit', program: programOf('size-limit'), args: [] },
  { name: 'knip', program: programOf('knip'), args: [] },
]

/** Bundlers of apps with server components take an entry for the browser's by its first words. */
const CLIENT_ENTRIES = ['dist/react.js', 'dist/ai-sdk.js']
const isOfTheServer = (file: string) => !/^['"]use client['"]/.test(readFileSync(join(ROOT, file), 'utf8'))

const missing = publishedFiles().filter((file) => !exists(file))
if (missing.length > 0) {
  console.error(`Not built: ${missing.join(', ')}. Run \`npm run build\` first.`)
  process.exitCode = 1
} else {
  const failed: string[] = []
  for (const { name, program, args } of CHECKS) {
    console.log(`\n${name}`)
    if ((await runProgram(program, args)) !== 0) failed.push(name)
  }
  for (const file of CLIENT_ENTRIES.filter(isOfTheServer)) {
    console.error(`\n${file} does not begin with 'use client': its hooks would fail in server components.`)
    failed.push(file)
  }
  const dead = deadLinks(ROOT)
  if (dead.length > 0) {
    console.error(`\nLinks to what is not published:\n  ${dead.join('\n  ')}`)
    failed.push('links')
  }
  if (failed.length > 0) {
    console.error(`\nfailed: ${failed.join(', ')}`)
    process.exitCode = 1
  }
}

function publishedFiles(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return Object.values(exports as Record<string, string | Record<string, string>>)
    .flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))
    .filter((file) => file !== './package.json')
}
