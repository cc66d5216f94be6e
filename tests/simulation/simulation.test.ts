import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { runHistory } from './history.ts'
import { patched } from './plant.ts'
import { RULES } from './rules/index.ts'

test.for([3, 6, 28])('seed %i tells the same history every time, to the byte', async (seed) => {
  const once = await runHistory(seed, { steps: 40, isTraced: true })
  const again = await runHistory(seed, { steps: 40, isTraced: true })
  expect(again.world.lines.join('\n')).toBe(once.world.lines.join('\n'))
  expect(once.world.lines.length).toBeGreaterThan(100)
})

test.for([4, 5])(
  'with a plain server, too, seed %i tells the same history, and nothing breaks',
  async (seed) => {
    const once = await runHistory(seed, { isPlain: true, isTraced: true })
    const again = await runHistory(seed, { isPlain: true, isTraced: true })
    expect(again.world.lines.join('\n')).toBe(once.world.lines.join('\n'))
    expect(once.broken).toBeUndefined()
  },
)

test.for([5, 19])('seed %i tells the same history on SQLite and on arrays, to the byte', async (seed) => {
  const onSqlite = await runHistory(seed, { steps: 60, isTraced: true, hasSqlite: true })
  const onArrays = await runHistory(seed, { steps: 60, isTraced: true, hasSqlite: false })
  expect(onArrays.world.lines.join('\n')).toBe(onSqlite.world.lines.join('\n'))
})

test('the text of every planted bug stands in the source, once', () => {
  for (const { patches } of RULES) {
    for (const patch of patches) {
      const source = readFileSync(new URL(`../../${patch.file}`, import.meta.url), 'utf8')
      expect(patched(source, patch)).not.toBe(source)
    }
  }
})
