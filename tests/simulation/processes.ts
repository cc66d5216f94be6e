import { spawn } from 'node:child_process'

const COMMAND = new URL('run.ts', import.meta.url).pathname

/**
 * Starts this command once for each list of arguments, all at once, and passes on what the processes print. What each answers is its
 * last line, JSON.
 */
export function answersOf<Answer>(argumentLists: readonly (readonly string[])[]): Promise<Answer[]> {
  return Promise.all(argumentLists.map((list) => answerOf<Answer>(list)))
}

function answerOf<Answer>(list: readonly string[]): Promise<Answer> {
  // A larger nursery: most of what a history makes dies young.
  const child = spawn(process.execPath, ['--max-semi-space-size=32', COMMAND, ...list, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    let last = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text: string) => {
      const lines = (last + text).split('\n')
      last = lines.pop() ?? ''
      for (const line of lines) {
        if (line.startsWith('{')) resolve(JSON.parse(line) as Answer)
        else console.log(line)
      }
    })
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`A process ended with ${code} and told nothing.`)))
  })
}
