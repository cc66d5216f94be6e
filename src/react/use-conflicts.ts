import { useCallback } from 'react'
import type { Conflict, ConflictChoice, ConflictOutcome } from '../domain/conflict.ts'
import type { ChatkeepError } from '../domain/errors.ts'
import { useLiveQuery } from './live-query.ts'
import { useChatkeep, useChatkeepContext } from './provider.tsx'

export type UseConflicts = {
  /** Titles and messages with several values, each with the devices and times they come from. */
  readonly conflicts: readonly Conflict[]
  readonly isLoading: boolean
  readonly error: ChatkeepError | null
  /** Settles one. `changed`: something else was written meanwhile, and the new state is shown instead. */
  resolve(conflict: Conflict, choice: ConflictChoice): Promise<ConflictOutcome>
}

/** What of a conversation was written on several devices at once and waits for a choice, live. */
export function useConflicts(conversationId: string): UseConflicts {
  const { source } = useChatkeepContext()
  const { ready } = useChatkeep()
  const [state] = useLiveQuery<readonly Conflict[]>(source, conversationId, () => ({
    initial: NONE,
    pageSize: 0,
    concerns: (change) => change.conversationId === conversationId,
    load: (client) => client.conflicts(conversationId),
  }))
  const resolve = useCallback(
    async (conflict: Conflict, choice: ConflictChoice) => {
      const [outcome] = await (await ready).resolveConflicts([{ ...conflict, choice }])
      return outcome ?? 'changed'
    },
    [ready],
  )
  return { conflicts: state.value, isLoading: state.isLoading, error: state.error, resolve }
}

const NONE: readonly Conflict[] = []
