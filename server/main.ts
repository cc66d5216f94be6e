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

const HELP = `chatkeep's cloud. Without a command it serves until SIGINT or SIGTERM.

  backup <folder>     copies the database into a new folder, also while a server runs
  restore <folder>    puts such a copy in the database's place, and keeps what was there

  --port <number>     8787, or PORT
  --host <address>    127.0.0.1, or HOST
  --static <folder>   a built web app to serve, or CHATKEEP_STATIC
  -h, --help          this text

Data are kept where CHATKEEP_DATABASE_URL says: sqlite:./chatkeep-data/chatkeep.sqlite
unless it is set. server/README.md lists all settings.`

let context: StartContext | undefined
try {
  const { values, positionals } = parseArgs({
    options: {
      static: { type: 'string' },
      port: { type: 'string' },
      host: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
    allowPositionals: true,
  })
  if (values.help === true) {
    console.log(HELP)
    process.exit(0)
  }
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
