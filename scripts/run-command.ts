import { type SpawnOptions, spawn } from 'node:child_process'

export type CommandResult = { readonly code: number | null; readonly output: string }

/** Runs a command to its end, or to its time limit: then it and its children are killed and `code` is null. Never rejects. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { readonly limitMs: number; readonly echo?: boolean },
): Promise<CommandResult> {
  const { limitMs, echo = false, ...spawnOptions } = options
  return new Promise((resolve) => {
    let output = ''
    const child = spawn(command, args, { ...spawnOptions, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => killGroup(child.pid), limitMs)
    const collect = (chunk: Buffer) => {
      output += chunk
      if (echo) process.stdout.write(chunk)
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => {
      clearTimeout(timer)
      resolve({ code: null, output: `${output}${error.message}` })
    })
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
