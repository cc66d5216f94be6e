import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isLatin1, joinRuns, splitRuns } from '../../src/domain/text-run.ts'

const texts = fc.array(
  fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constant('x'.repeat(200_000))),
)

test('texts come out of runs as they went in, and no narrow one stands beside a wide one', () => {
  fc.assert(
    fc.property(texts, (given) => {
      const runs = joinRuns(given)
      expect([...splitRuns(runs)]).toEqual(given)
      for (const run of runs) {
        const widths = new Set([...splitRuns([run])].map((text) => isLatin1(text)))
        expect(widths.size).toBe(1)
      }
    }),
  )
})
