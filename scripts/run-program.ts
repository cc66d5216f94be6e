import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Whether a path below the repository's root exists. */
export const exists = (path: string): boolean => existsSync(join(ROOT, path))

/** The script behind a dependency's command, to be run by the same Node as this one. */
export function programOf(packageName: string, command: string = packageName): string {
  const manifest = join(ROOT, 'node_modules', packageName, 'package.json')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command])
}

/** Runs a script with this Node at the repository's root, on this terminal; resolves to its exit code. */
export function runProgram(script: string, args: readonly string[] = []): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: 'inherit' })
    const pass = (signal: NodeJS.Signals) => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    child.on('error', () => resolve(1))
    child.on('close', (code) => {
      process.off('SIGINT', pass)
      process.off('SIGTERM', pass)
      resolve(code ?? 1)
    })
  })
}
