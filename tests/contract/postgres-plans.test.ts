import { CompiledQuery } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { startPostgres } from '../../scripts/ensure-postgres.ts'
import { createChatStorage } from '../../server/storage/chat-storage.ts'
import { openPostgresEngine } from '../../server/storage/postgres-engine.ts'
import type { Program } from '../../server/storage/program.ts'
import { CURSOR_ZERO } from '../../src/domain/wire.ts'
import { aMessage } from '../unit/server/builders.ts'

const postgres = process.env.POSTGRES_URL
  ? { url: process.env.POSTGRES_URL, stop: async () => {} }
  : await startPostgres()
if (postgres === undefined)
  console.warn('The tests of kept plans did not run: no PostgreSQL can be had here.')
afterAll(() => postgres?.stop())

/** What every plan of a write looks its rows up by. */
const INDEX_BY_STATEMENT = {
  'lock project': 'projects_pkey',
  bases: 'conversations_pkey',
  graph: 'log_by_register',
  known: 'log_live_id',
  'move head': 'spaces_pkey',
  point: 'log_pkey',
  purged: 'purged_pkey',
  values: 'log_live_id',
}

test.skipIf(postgres === undefined)(
  'the plans that writes keep follow the whole of a key in a log that nobody has analyzed',
  async () => {
    const schema = `plans_${process.pid}`
    const engine = await openPostgresEngine({ url: postgres?.url ?? '', schema, maxConnections: 1 })
    const storage = createChatStorage(engine)
    const project = { account: 'anna', projectId: 'notes' }
    const append = (operations: ReturnType<typeof aMessage>[], cursor = CURSOR_ZERO) =>
      storage.append({ ...project, cursor, operations, now: 1 })
    const many = Array.from({ length: 2_000 }, (_, index) => aMessage(`c${index % 100}`, `m${index}`))
    const { head } = await append(many)
    await append([aMessage('c1', 'm1')], head)

    const plans = await engine.write(function* (): Program<ReadonlyMap<string, string>> {
      yield [CompiledQuery.raw('discard plans')]
      const [statements] = yield [
        CompiledQuery.raw(
          `select name, cardinality(parameter_types)::int as count from pg_prepared_statements`,
        ),
      ]
      const found = new Map<string, string>()
      for (const { name, count } of statements ?? []) {
        const nulls = Array.from({ length: Number(count) }, () => 'null').join()
        const [lines] = yield [CompiledQuery.raw(`explain (costs off) execute "${String(name)}"(${nulls})`)]
        found.set(String(name), lines?.map((line) => line['QUERY PLAN']).join('\n') ?? '')
      }
      return found
    })
    for (const [name, index] of Object.entries(INDEX_BY_STATEMENT)) {
      expect(plans.get(name), name).toContain(`using ${index} on`)
      expect(plans.get(name), name).not.toContain('Seq Scan')
    }
    // Plans that are kept know no values.
    expect(plans.get('known')).toContain('space = $2')
    await storage.close()
  },
)
