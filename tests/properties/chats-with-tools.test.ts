import { expect, test } from 'vitest'
import { judgeTools } from './tools/judge-tools.ts'
import { playTools } from './tools/play-tools.ts'
import { toolActs } from './tools/tool-acts.ts'

test.each(Array.from({ length: Number(process.env.TOOLS_RUNS ?? 200) }, (_, index) => `${index + 1}`))(
  'a chat with tools is after a reload what it was, whatever happens (seed %s)',
  async (seed) => {
    expect.hasAssertions() // Of the judge.
    await playTools(seed, toolActs(seed), judgeTools)
  },
)
