// Starts the server with the demo, building both first when they are not there. Arguments go to the server.
import { exists, programOf, runProgram } from './run-program.ts'

const SERVER = 'dist/server/main.js'
const DEMO = 'demo/dist'

if (!exists(SERVER) || !exists(`${DEMO}/index.html`)) {
  const code = await runProgram(programOf('vite'), ['build'])
  if (code !== 0) process.exit(code)
}
process.exitCode = await runProgram(SERVER, ['--static', DEMO, ...process.argv.slice(2)])
