import type { Locks } from '../ports/locks.ts'
import type { Core } from './core.ts'
import { listenForPokes } from './event-stream.ts'

/** Listens to the cloud for the account that is signed in, and passes its pokes to the queue; follows changes of account. */
export function listenToCloud(
  core: Core,
  locks: Locks,
  cloud: { readonly url: string; readonly getToken: (() => Promise<string | null>) | undefined },
): () => void {
  const { environment, connection, projectId, status, wakeUps } = core
  let accountId: string | null = null
  let stop = () => {}

  function follow(): void {
    if (status.get().accountId === accountId) return
    stop()
    stop = () => {}
    accountId = status.get().accountId
    const account = accountId
    if (account === null) return
    const { getToken } = cloud
    stop = listenForPokes({
      ...environment,
      locks,
      lockName: `events:${connection.current().session.database}:${projectId}`,
      url: `${cloud.url}/events?projectId=${encodeURIComponent(projectId)}`,
      credentials: getToken === undefined ? 'include' : 'omit',
      headers: async () => ({
        'x-chatkeep-account': account,
        ...(getToken === undefined ? {} : { authorization: `Bearer ${(await getToken()) ?? ''}` }),
      }),
      onPoke: () => void wakeUps.run('poke'),
    })
  }

  const unlisten = status.listen(follow)
  follow()
  return () => {
    unlisten()
    stop()
  }
}
