/** Why the program did not start or a command did not finish: a code, and what happened, what is safe, what to do. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
  readonly code: string

  constructor(code: `server/${string}`, message: string) {
    super(message)
    this.code = code
  }
}

/** What the messages speak of. */
export type StartContext = { readonly host: string; readonly port: number; readonly databaseUrl: string }

type Raw = {
  readonly code: string
  readonly message: string
  readonly syscall?: string
  readonly path?: string
  readonly hostname?: string
  readonly errcode?: number
}

const NOTHING_CHANGED = 'Nothing was changed.'
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN'])
const UNWRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT'])
/** By SQLite's primary result code. */
const SQLITE: Readonly<Record<number, readonly [code: `server/${string}`, message: string]>> = {
  5: ['server/database-busy', 'is in use by another program. Stop that one, then start again.'],
  8: [
    'server/folder-not-writable',
    'cannot be written. Give this user the right to write it and its folder.',
  ],
  11: ['server/database-damaged', 'is damaged. Keep a copy of it, then restore a backup.'],
  13: ['server/disk-full', 'cannot grow: the disk is full. Free some space, then start again.'],
  14: [
    'server/folder-not-writable',
    'cannot be opened. Give this user the right to write it and its folder.',
  ],
  26: ['server/not-a-database', 'is not an SQLite database. Name another file in CHATKEEP_DATABASE_URL.'],
}
/** By PostgreSQL's SQLSTATE. */
const POSTGRES: Readonly<Record<string, string>> = {
  '28000': 'refuses this user. Check the name in CHATKEEP_DATABASE_URL and the server’s pg_hba.conf.',
  '28P01': 'refuses the password. Check the one in CHATKEEP_DATABASE_URL.',
  '3D000': 'has no database of this name. Create it with createdb, or name another one.',
  '42501': 'does not let this user create its tables. Grant it CREATE on the database.',
  '53300': 'has no connection left. Raise max_connections or stop other programs.',
  '57P03': 'is starting or stopping. Start again when it is ready.',
}

/** Any error of a start or a command as one that an operator can act on. What is not known keeps its message. */
export function toStartFailure(error: unknown, context?: StartContext): StartFailure {
  if (error instanceof StartFailure) return error
  const raw = toRaw(error)
  return (
    ofPrograms(raw) ??
    (context && (ofListening(raw, context) ?? ofDatabase(raw, context))) ??
    new StartFailure('server/failed', raw.message || raw.code || 'An error without a message.')
  )
}

function ofPrograms({ code, message }: Raw): StartFailure | undefined {
  // Of Node's explanation only the first sentence is about this program.
  if (code.startsWith('ERR_PARSE_ARGS_'))
    return new StartFailure(
      'server/command-unknown',
      `${message.split(/\.(?: |$)|\n/)[0]}. ${NOTHING_CHANGED} --help tells the options.`,
    )
  if (/node:sqlite/.test(message) && /BUILTIN_MODULE|MODULE_NOT_FOUND/.test(code))
    return new StartFailure(
      'server/node-too-old',
      `Node ${process.versions.node} has no SQLite of its own. ${NOTHING_CHANGED} Use Node 22.13 or newer.`,
    )
  const name = /Cannot find package '([^']+)'/.exec(message)?.[1]
  if (code !== 'ERR_MODULE_NOT_FOUND' || name === undefined) return undefined
  return new StartFailure(
    'server/package-missing',
    `The package ${name} is not installed. ${NOTHING_CHANGED} Install what the server needs with npm install (server/README.md lists it), then start again.`,
  )
}

function ofListening(raw: Raw, { host, port }: StartContext): StartFailure | undefined {
  const where = `port ${port} of ${host}`
  if (raw.syscall === 'getaddrinfo' && raw.hostname === host) return hostUnknown(host)
  if (raw.syscall !== 'listen') return undefined
  if (raw.code === 'EADDRNOTAVAIL') return hostUnknown(host)
  if (raw.code === 'EADDRINUSE')
    return new StartFailure(
      'server/port-in-use',
      `Another program uses ${where}. What is stored is safe. Stop that one, or choose another port with --port or PORT.`,
    )
  return new StartFailure(
    'server/port-refused',
    `The system does not let this user listen on ${where} (${raw.code}). What is stored is safe. Choose a port above 1023 with --port or PORT.`,
  )
}

function hostUnknown(host: string): StartFailure {
  return new StartFailure(
    'server/host-unknown',
    `${host} is no address of this machine. What is stored is safe. Name another one with --host or HOST.`,
  )
}

function ofDatabase(raw: Raw, { databaseUrl }: StartContext): StartFailure | undefined {
  if (!databaseUrl.startsWith('sqlite:')) return ofPostgres(raw, databaseUrl)
  const path = databaseUrl.slice('sqlite:'.length)
  const known = raw.errcode === undefined ? undefined : SQLITE[raw.errcode & 0xff]
  if (known !== undefined) return new StartFailure(known[0], `${path} ${known[1]} ${NOTHING_CHANGED}`)
  if (raw.code === 'ENOSPC')
    return new StartFailure('server/disk-full', `${raw.path ?? path} cannot be written: the disk is full.`)
  if (raw.syscall === undefined || !UNWRITABLE.has(raw.code)) return undefined
  return new StartFailure(
    'server/folder-not-writable',
    `${raw.path ?? path} cannot be written (${raw.code}). ${NOTHING_CHANGED} Give this user the right to write there, or name another place in CHATKEEP_DATABASE_URL.`,
  )
}

function ofPostgres({ code }: Raw, databaseUrl: string): StartFailure | undefined {
  const place = `PostgreSQL at ${placeOf(databaseUrl)}`
  const refusal = POSTGRES[code]
  if (refusal !== undefined)
    return new StartFailure('server/database-refused', `${place} ${refusal} ${NOTHING_CHANGED}`)
  if (!UNREACHABLE.has(code) && !UNRESOLVED.has(code)) return undefined
  return new StartFailure(
    'server/database-unreachable',
    `${place} does not answer (${code}). ${NOTHING_CHANGED} See that it runs and that CHATKEEP_DATABASE_URL names it, then start again.`,
  )
}

/** Without name and password: messages end up in logs. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host || 'its socket' : 'an unreadable address'
}

function toRaw(error: unknown): Raw {
  // Of an address with several numbers each attempt has its own error.
  if (error instanceof AggregateError && error.errors.length > 0) return toRaw(error.errors[0])
  if (!(error instanceof Error)) return { code: '', message: String(error) }
  const { code } = error as { code?: unknown }
  return { ...error, code: typeof code === 'string' ? code : '', message: error.message }
}
