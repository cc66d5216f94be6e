/**
 * The program: `npm run server`; with `backup <folder>` or `restore <folder>` it does that instead. Settings come from the environment; `server/README.md` lists them.
 *
 * PORT (8787), HOST (127.0.0.1), CHATKEEP_DATABASE_URL (sqlite:./chatkeep-data/chatkeep.sqlite or postgres://…),
 * CHATKEEP_SECRET, CHATKEEP_PUBLIC_URL, CHATKEEP_ALLOWED_ORIGINS, CHATKEEP_TRUST_PROXY, CHATKEEP_STATIC, CHATKEEP_LOG,
 * CHATKEEP_MAX_BODY_BYTES, CHATKEEP_MAX_OPERATION_BYTES, CHATKEEP_MAX_OPERATIONS, CHATKEEP_MAX_PAGE,
 * CHATKEEP_REQUESTS_PER_MINUTE, CHATKEEP_SIGN_INS_PER_MINUTE, CHATKEEP_HEARTBEAT_MS, CHATKEEP_DEMO_WORD_MS,
 * CHATKEEP_MAIL_URL, OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_MODEL. `--static <folder>`, `--port` and `--host` win over their variables.
 */
import { parseArgs } from 'node:util'
import { readConfiguration } from './configuration.ts'
import { type StartContext, StartFailure, toStartFailure } from './start-failure.ts'
import type { StartOptions } from './start-server.ts'

let context: StartContext | undefined
try {
  const { values, positionals } = parseArgs({
    options: { static: { type: 'string' }, port: { type: 'string' }, host: { type: 'string' } },
    allowPositionals: true,
  })
  const configuration = readConfiguration({
    ...process.env,
    ...(values.static === undefined ? {} : { CHATKEEP_STATIC: values.static }),
    ...(values.port === undefined ? {} : { PORT: values.port }),
    ...(values.host === undefined ? {} : { HOST: values.host }),
  })
  context = { host: '127.0.0.1', ...configuration }
  const [command, folder] = positionals
  if (command === undefined) await serve(configuration)
  else await runCommand(command, folder, configuration.databaseUrl)
} catch (error) {
  const { code, message } = toStartFailure(error, context)
  console.error(`chatkeep failed (${code}): ${message}`)
  process.exit(1)
}

async function runCommand(command: string, folder: string | undefined, databaseUrl: string): Promise<void> {
  if (folder === undefined || (command !== 'backup' && command !== 'restore')) {
    throw new StartFailure(
      'server/command-unknown',
      'The commands are `backup <folder>` and `restore <folder>`; without one, the server starts.',
    )
  }
  const { backUp, restore } = await import('./backup/backup.ts')
  if (command === 'backup') {
    await backUp({ databaseUrl, folder })
    console.log(`Backed up to ${folder}.`)
    return
  }
  const { keptAt } = await restore({ databaseUrl, folder })
  console.log(`Restored ${folder}. What was there before is kept at ${keptAt}.`)
}

async function serve(configuration: StartOptions): Promise<void> {
  // Loaded here, so that a Node or an install that lacks something is told in words.
  const { startServer } = await import('./start-server.ts')
  const server = await startServer(configuration)
  console.log(`chatkeep listens on ${server.url}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      console.log(`${signal}: finishing requests, then closing the database.`)
      server.close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error('Closing failed:', error)
          process.exit(1)
        },
      )
    })
  }
}
