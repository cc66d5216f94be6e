import type { Core } from './core.ts'
import { createWakeUps } from './wake-ups.ts'

/** Looks after the queue of the database that this page shows, for as long as the client lives. */
export function wakeQueue(core: Core): void {
  const { environment, connection } = core
  const wakeUps = createWakeUps({
    ...environment,
    async wake(reason, projectIds, isEverywhere) {
      // Together, so that the engine looks after all of them in one round.
      const questions = [
        ...projectIds.map((projectId) => ({ reason, projectId })),
        ...(isEverywhere ? [{ reason }] : []),
      ]
      const answers = await Promise.all(questions.map((question) => connection.call('wake', question)))
      await core.readStatus()
      const dues = answers.flatMap(({ dueAt }) => dueAt ?? [])
      return { dueAt: dues.length === 0 ? null : Math.min(...dues) }
    },
  })
  core.wakeUps = wakeUps
  core.onClose.push(wakeUps.close)
}
