import { useChatkeep } from 'chatkeep/react'
import { useCallback, useEffect, useState } from 'react'
import { DEFAULT_PROJECT } from './navigation.ts'
import type { Strings } from './strings/en.ts'

const SETTING = 'demo.projects'

export type Projects = {
  /** Names of the account's projects, the default one first. */
  readonly names: readonly string[]
  add(name: string): Promise<void>
}

/** The account's projects: those that hold conversations, here or in the cloud, and those that were made here and are empty. */
export function useProjects(current: string): Projects {
  const { client } = useChatkeep()
  const [names, setNames] = useState<readonly string[]>([])

  const add = useCallback(
    async (name: string) => {
      if (client === null) return
      const made = parseNames(await client.getSetting(SETTING))
      if (!made.includes(name)) await client.setSetting(SETTING, [...made, name])
      setNames((known) => [...known, name])
    },
    [client],
  )

  useEffect(() => {
    if (client === null) return
    let isCurrent = true
    let known: readonly string[] = []
    const read = async () => {
      const [kept, made] = await Promise.all([client.listProjects(), client.getSetting(SETTING)])
      known = [...kept, ...parseNames(made)]
      if (isCurrent) setNames(known)
    }
    // The default and the current project are always offered; the others come back when the store does.
    const refresh = () => void read().catch(() => {})
    refresh()
    // Also after another account signed in: it has projects of its own.
    const stop = client.subscribe((change) => {
      if ('all' in change || !known.includes(change.projectId)) refresh()
    })
    return () => {
      isCurrent = false
      stop()
    }
  }, [client])

  return { names: [...new Set([DEFAULT_PROJECT, ...names, current])], add }
}

/** The default project has a name in every language. */
export const nameOfProject = (projectId: string, { personal }: Strings): string =>
  projectId === DEFAULT_PROJECT ? personal : projectId

function parseNames(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : []
}
