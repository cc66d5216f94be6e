import type { CompiledQuery } from 'kysely'
import { expect, test } from 'vitest'
import { type Program, type Row, runNow, together } from '../../../server/storage/program.ts'

const query = (sql: string) => ({ sql, parameters: [] }) as unknown as CompiledQuery

/** Asks each of its queries in a step of its own and gives back what was answered. */
function* asks(...texts: readonly string[]): Program<readonly unknown[]> {
  const answers: unknown[] = []
  for (const text of texts) answers.push((yield [query(text)])[0]?.[0]?.answer)
  return answers
}

const answer = ({ sql }: CompiledQuery): readonly Row[] => [{ answer: `re ${sql}` }]

test('programs side by side ask in their order, step by step, and each gets its own answers', () => {
  const asked: string[] = []
  const results = runNow(together(asks('a1', 'a2', 'a3'), asks(), asks('b1', 'b2')), (each) => {
    asked.push(each.sql)
    return answer(each)
  })
  expect(asked).toEqual(['a1', 'b1', 'a2', 'b2', 'a3'])
  expect(results).toEqual([['re a1', 're a2', 're a3'], [], ['re b1', 're b2']])
})

test('an error of a query ends the program', () => {
  const fails = () => {
    throw new Error('no such table')
  }
  expect(() => runNow(asks('a'), fails)).toThrow('no such table')
})
