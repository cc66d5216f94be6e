// Runs the benchmarks against other libraries. They have a package.json of their own, so that those never enter the main install.
import { spawnSync } from 'node:child_process'
import { exists, ROOT } from './run-program.ts'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const run = (...args: readonly string[]): number =>
  spawnSync(npm, ['--prefix', 'bench', ...args], { cwd: ROOT, stdio: 'inherit' }).status ?? 1

if (!exists('bench/node_modules')) {
  console.log('Installing the libraries to compare with into bench/ …')
  const code = run('ci')
  if (code !== 0) process.exit(code)
}
process.exitCode = run('start', '--', ...process.argv.slice(2))
