// Type checks every project of toolchain/typescript, two at a time. Nothing is emitted.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROJECTS = ['core', 'page', 'sw', 'server', 'demo', 'tests']
const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))

let failures = 0
const waiting = [...PROJECTS]
await Promise.all([checkInTurn(), checkInTurn()])
if (failures > 0) process.exitCode = 1

async function checkInTurn(): Promise<void> {
  for (let project = waiting.shift(); project; project = waiting.shift()) {
    const { code, output } = await typecheck(project)
    if (code === 0) continue
    failures += 1
    console.error(`${project}: type errors\n${output}`)
  }
}

function typecheck(project: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [tsc, '-p', `toolchain/typescript/${project}.json`, '--pretty', 'false'],
      { cwd: root },
    )
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
