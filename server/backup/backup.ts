import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { StartFailure } from '../start-failure.ts'
import { isPostgresUrl } from '../storage/open-storage.ts'
import { dumpPostgres, postgresInUse, restorePostgres } from './postgres-dump.ts'
import { sqliteFiles } from './sqlite-files.ts'

const MANIFEST = 'backup.json'
const DUMP = 'chatkeep.dump'

type Manifest = {
  readonly chatkeep: 'backup'
  readonly version: 1
  readonly kind: 'sqlite' | 'postgres'
  readonly createdAt: string
}

/**
 * Copies conversations, accounts and the secret into a new folder while the server runs. The folder appears only when all of
 * it is there and was checked. With PostgreSQL it is a dump of both schemas; the secret is yours to keep.
 */
export async function backUp(options: {
  readonly databaseUrl: string
  readonly folder: string
  readonly now?: Date
}): Promise<void> {
  const { databaseUrl, now = new Date() } = options
  const folder = resolve(options.folder)
  if (await exists(folder))
    throw new StartFailure(
      'server/backup-exists',
      `${folder} is there already. Nothing was written; name a new folder.`,
    )
  const growing = `${folder}.growing`
  await rm(growing, { recursive: true, force: true })
  await mkdir(growing, { recursive: true, mode: 0o700 })
  const kind = isPostgresUrl(databaseUrl) ? 'postgres' : 'sqlite'
  try {
    if (kind === 'postgres') await dumpPostgres(databaseUrl, join(growing, DUMP))
    else await copySqlite(databaseUrl, growing)
  } catch (error) {
    await rm(growing, { recursive: true, force: true })
    throw error
  }
  const manifest: Manifest = { chatkeep: 'backup', version: 1, kind, createdAt: now.toISOString() }
  await writeFile(join(growing, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  await rename(growing, folder)
}

/**
 * Puts a backup in the place of what is there. The server has to be stopped: it refuses otherwise. What was there is kept
 * beside it; the answer says where.
 */
export async function restore(options: {
  readonly databaseUrl: string
  readonly folder: string
  readonly now?: Date
}): Promise<{ readonly keptAt: string }> {
  const { databaseUrl, now = new Date() } = options
  const folder = resolve(options.folder)
  const kind = isPostgresUrl(databaseUrl) ? 'postgres' : 'sqlite'
  const manifest = await readManifest(folder)
  if (manifest.kind !== kind)
    throw new StartFailure(
      'server/backup-invalid',
      `This backup is of ${manifest.kind}, the database is ${kind}. Nothing was changed.`,
    )
  const mark = `before-restore-${now.toISOString().replace(/[:.]/g, '-')}`
  if (kind === 'postgres') {
    if (await postgresInUse(databaseUrl)) throw inUse()
    const keptAt = join(dirname(folder), `chatkeep-${mark}.dump`)
    await dumpPostgres(databaseUrl, keptAt)
    try {
      await restorePostgres(databaseUrl, join(folder, DUMP))
    } catch (error) {
      await restorePostgres(databaseUrl, keptAt)
      throw new Error(`The backup could not be read; what was there is there again. ${String(error)}`)
    }
    return { keptAt }
  }
  const files = sqliteFiles(databaseUrl)
  for (const { path, isDatabase } of files) if (isDatabase && (await exists(path))) takeAlone(path)
  const keptAt = join(dirname(files[0].path), mark)
  await mkdir(keptAt, { recursive: true, mode: 0o700 })
  for (const { path, name } of files) {
    if (await exists(path)) await rename(path, join(keptAt, name))
    if (await exists(join(folder, name))) await copyFile(join(folder, name), path)
  }
  return { keptAt }
}

/** The conversations first: so every account that they name is in the copy, too. */
async function copySqlite(databaseUrl: string, folder: string): Promise<void> {
  for (const { path, name, isDatabase } of sqliteFiles(databaseUrl)) {
    if (!(await exists(path))) {
      if (isDatabase)
        throw new StartFailure(
          'server/database-missing',
          `${path} is not there. Nothing was backed up; check CHATKEEP_DATABASE_URL.`,
        )
      continue
    }
    if (!isDatabase) await copyFile(path, join(folder, name))
    else await copyDatabase(path, join(folder, name))
  }
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true })
  try {
    await backup(database, to)
  } finally {
    database.close()
  }
  const copy = new DatabaseSync(to)
  try {
    // A file of its own, without a log beside it.
    copy.exec('pragma journal_mode = delete')
    const [found] = copy.prepare('pragma quick_check').all()
    if (found?.quick_check !== 'ok')
      throw new Error(`The copy of ${from} is not sound: ${String(found?.quick_check)}`)
  } finally {
    copy.close()
  }
}

/** Folds the log into the file, which only works when no other connection is open. */
function takeAlone(path: string): void {
  const database = new DatabaseSync(path)
  try {
    const [found] = database.prepare('pragma journal_mode = delete').all()
    if (found?.journal_mode !== 'delete') throw inUse()
  } catch (error) {
    throw /locked|busy/i.test(String(error)) ? inUse() : error
  } finally {
    database.close()
  }
}

function inUse(): Error {
  return new StartFailure(
    'server/in-use',
    'A server is using the database. Nothing was changed; stop it first.',
  )
}

async function readManifest(folder: string): Promise<Manifest> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8')) as Partial<Manifest> | null
    if (manifest?.chatkeep === 'backup' && manifest.version === 1 && manifest.kind !== undefined)
      return manifest as Manifest
  } catch {
    // Said below.
  }
  throw new StartFailure(
    'server/backup-invalid',
    `${folder} is no backup of this version. Nothing was changed; name the folder that a backup made.`,
  )
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
