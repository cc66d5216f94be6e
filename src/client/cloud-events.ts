import { ACCOUNT_HEADER, accountToHeader } from '../domain/account-header.ts'
import type { Locks } from '../ports/locks.ts'
import type { Core } from './core.ts'
import { listenForPokes } from './event-stream.ts'

/**
 * Listens to the cloud for all projects of the account that is signed in, and passes its pokes to the queue; follows changes of
 * account. A cloud that pokes for single projects only is heard for the default one.
 */
export function listenToCloud(
  core: Core,
  locks: Locks,
  cloud: {
    readonly url: string
    readonly getToken: (() => Promise<string | null>) | undefined
    /** A plain server pokes nobody: it is asked from time to time. */
    readonly isPlain: boolean
  },
): () => void {
  const { environment, connection, projectId, status } = core
  let accountId: string | null = null
  let stop = () => {}

  function follow(): void {
    const { accountId: signedIn, sync } = status.get()
    // What is switched off is not listened for.
    const wanted = sync.switchedOff?.everything === true ? null : signedIn
    if (wanted === accountId) return
    stop()
    stop = () => {}
    accountId = wanted
    const account = accountId
    if (account === null) return
    const { getToken } = cloud
    stop = listenForPokes({
      ...environment,
      locks,
      lockName: `events:${connection.current().session.database}`,
      urls: cloud.isPlain
        ? []
        : [`${cloud.url}/events`, `${cloud.url}/events?projectId=${encodeURIComponent(projectId)}`],
      credentials: getToken === undefined ? 'include' : 'omit',
      headers: async () => ({
        [ACCOUNT_HEADER]: accountToHeader(account),
        ...(getToken === undefined ? {} : { authorization: `Bearer ${(await getToken()) ?? ''}` }),
      }),
      onPoke: (poked) => core.wakeUps?.poked(poked ?? projectId, { anywhere: poked === undefined }),
    })
  }

  const unlisten = status.listen(follow)
  follow()
  return () => {
    unlisten()
    stop()
  }
}
