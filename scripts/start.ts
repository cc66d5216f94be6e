// Starts the server with the demo, building both first when they are not there or older than their sources. Arguments go to the server.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { exists, programOf, ROOT, runProgram } from './run-program.ts'

const SERVER = 'dist/server/main.js'
const DEMO = 'demo/dist'
const PAGE = `${DEMO}/index.html`
const SOURCES = ['src', 'sw', 'server', 'demo', 'vite.config.ts', 'package-lock.json']

if (!exists(SERVER) || !exists(PAGE) || newestOf(SOURCES) > Math.min(timeOf(SERVER), timeOf(PAGE))) {
  console.log('Building the library, the worker and the demo …')
  const code = await runProgram(programOf('vite'), ['build'])
  if (code !== 0) process.exit(code)
}
process.exitCode = await runProgram(SERVER, ['--static', DEMO, ...process.argv.slice(2)])

function timeOf(path: string): number {
  return statSync(join(ROOT, path)).mtimeMs
}

/** When the newest file below these paths was changed; what was built does not count. */
function newestOf(paths: readonly string[]): number {
  return Math.max(
    ...paths.map((path) => {
      if (!statSync(join(ROOT, path)).isDirectory()) return timeOf(path)
      const names = readdirSync(join(ROOT, path)).filter((name) => name !== 'dist' && name !== 'node_modules')
      return Math.max(0, newestOf(names.map((name) => `${path}/${name}`)))
    }),
  )
}
