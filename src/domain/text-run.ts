/**
 * JSON texts of consecutive messages, one right after the other, and their lengths. A string takes one or two bytes a unit as a whole: texts
 * that need two stand in runs of their own.
 */
export type TextRun = { readonly text: string; readonly lengths: readonly number[] }

/** A run ends at so many units: an engine keeps a string of more than 128 KiB in a place of its own and never copies it. */
const RUN_UNITS = 256 * 1024

const BEYOND_LATIN_1 = /[^\0-\xff]/

/** A string takes one byte a unit while all of its units are Latin-1, else two for every one: in memory, in messages and in IndexedDB. */
export function isLatin1(text: string): boolean {
  return !BEYOND_LATIN_1.test(text)
}

export function joinRuns(texts: Iterable<string>): TextRun[] {
  const runs: TextRun[] = []
  let pieces: string[] = []
  let units = 0
  let isNarrow = true

  function close(): void {
    if (pieces.length > 0) runs.push({ text: pieces.join(''), lengths: pieces.map((piece) => piece.length) })
    pieces = []
    units = 0
  }

  for (const text of texts) {
    const fits = isLatin1(text) === isNarrow
    if (units >= RUN_UNITS || !fits) close()
    if (!fits) isNarrow = !isNarrow
    pieces.push(text)
    units += text.length
  }
  close()
  return runs
}

/** The texts of runs. Throws a `RangeError` where the lengths are not those of the text. */
export function* splitRuns(runs: readonly TextRun[]): Generator<string> {
  for (const { text, lengths } of runs) {
    let from = 0
    for (const length of lengths) {
      const until = from + length
      if (!(length >= 0) || until > text.length) break
      yield text.slice(from, until)
      from = until
    }
    if (from !== text.length) throw new RangeError('A run has other lengths than its text.')
  }
}
