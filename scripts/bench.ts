// Benchmarks have a package.json of their own, so that the libraries compared with never enter the main install.
import { exists } from './run-program.ts'

console.log(
  exists('bench/package.json') ? 'cd bench && npm ci && npm run bench' : 'There are no benchmarks yet.',
)
