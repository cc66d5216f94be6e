import { expect, test } from 'vitest'
import { place, signedIn, text } from './exhaustive/before.ts'
import { type Play, tell } from './exhaustive/play.ts'

// Seed 72966: the page had signed out by the time that it was answered.
test('what a page saved is looked for in the database that it named, whoever it is when it is answered', async () => {
  const { broken } = await tell({
    name: 'sign out while an answer is on its way',
    before: signedIn,
    async act(play) {
      const arrive = holdBackAnswers(play, 'appendMessages')
      const saved = play.tab.call('appendMessages', {
        ...place(play.tab),
        projectId: 'p',
        messages: [text('saved')],
      })
      await play.until(play.tab.host('signedOut', {}))
      arrive()
      expect(await play.until(saved)).toBeDefined()
      await play.signIn(play.tab)
    },
  })
  expect(broken).toBeUndefined()
})

/** The worker does what it is asked for; what it answers to this method comes when the function that is returned is called. */
function holdBackAnswers({ tab }: Play, method: string): () => void {
  let arrive = () => {}
  const isArriving = new Promise<void>((resolve) => {
    arrive = resolve
  })
  const { processes } = tab.browser
  for (const process of [...processes]) {
    const { host } = process
    const call: typeof host.call = async (request) => {
      const answer = await host.call(request)
      if (request.method === method) await isArriving
      return answer
    }
    const late = { ...process, host: { ...host, call } }
    processes.delete(process)
    processes.add(late)
    process.onDeath(() => processes.delete(late))
  }
  return arrive
}
