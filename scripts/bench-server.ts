// Puts load on the cloud, beside the bare database. The load generator has a package.json of its own, so that it never enters the main install.
import { spawnSync } from 'node:child_process'
import { exists, ROOT } from './run-program.ts'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const run = (...args: readonly string[]): number =>
  spawnSync(npm, ['--prefix', 'bench/server', ...args], { cwd: ROOT, stdio: 'inherit' }).status ?? 1

if (!exists('bench/server/node_modules')) {
  console.log('Installing the load generator into bench/server/ …')
  const code = run('ci')
  if (code !== 0) process.exit(code)
}
process.exitCode = run('start', '--', ...process.argv.slice(2))
