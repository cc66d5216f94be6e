import { useChatkeep } from 'chatkeep/react'
import { useCallback, useEffect, useState } from 'react'
import { DEFAULT_PROJECT } from './navigation.ts'

const SETTING = 'demo.projects'

export type Projects = {
  /** Names of the projects that are known on this device, the default one first. */
  readonly names: readonly string[]
  add(name: string): Promise<void>
}

/** The account's projects: those made here, and those that the cloud brought. */
export function useProjects(current: string): Projects {
  const { client } = useChatkeep()
  const [names, setNames] = useState<readonly string[]>([])
  const accountId = client?.status.accountId ?? null

  const add = useCallback(
    async (name: string) => {
      if (client === null) return
      const known = parseNames(await client.getSetting(SETTING))
      const next = known.includes(name) ? known : [...known, name]
      if (next !== known) await client.setSetting(SETTING, next)
      setNames(next)
    },
    [client],
  )

  // biome-ignore lint/correctness/useExhaustiveDependencies: each account has settings of its own.
  useEffect(() => {
    if (client === null) return
    let isCurrent = true
    const read = async () => {
      const known = parseNames(await client.getSetting(SETTING))
      if (isCurrent) setNames(known)
    }
    const failed = () => {
      // The default and the current project are always offered; the others come back when the store does.
    }
    read().catch(failed)
    const stop = client.subscribe((change) => {
      if ('all' in change) read().catch(failed)
      else add(change.projectId).catch(failed)
    })
    return () => {
      isCurrent = false
      stop()
    }
  }, [client, accountId, add])

  return { names: [...new Set([DEFAULT_PROJECT, ...names, current])], add }
}

function parseNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : []
}
