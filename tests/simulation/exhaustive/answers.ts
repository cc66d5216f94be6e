import { END } from '../stream.ts'
import { place, signedIn } from './before.ts'
import type { Play, Scenario } from './play.ts'

/** Answers that grow, end, and are left behind. */
export const STREAM_SCENARIOS: readonly Scenario[] = [
  {
    name: 'stream an answer to its end',
    before: (play) => signedIn(play),
    async act(play) {
      await checkpoint(play, 'answer of two')
      await checkpoint(play, 'answer of two words')
      const message = answer(`answer of two words${END}`)
      const finished = { message, status: 'complete' as const }
      await play.until(
        play.tab.call('finishDraft', { ...draft(play), ...place(play.tab), message: finished }),
      )
    },
  },
  {
    name: 'recover an answer that was left behind',
    async before(play) {
      await signedIn(play)
      await checkpoint(play, 'answer of a page')
      await play.rest(120_000)
    },
    async act(play) {
      play.tab.tell('focus')
      await play.rest(120_000)
    },
  },
]

const answer = (text: string) => ({ id: 'answer1', role: 'assistant', parts: [{ type: 'text', text }] })

const draft = ({ tab }: Play) => ({
  conversationId: 'c',
  projectId: 'p',
  attemptId: 'attempt',
  owner: tab.name,
})

async function checkpoint(play: Play, text: string): Promise<void> {
  await play.until(play.tab.call('checkpointDraft', { ...draft(play), message: answer(text) }))
}
