import { type UseConflicts, useConflicts } from 'chatkeep/react'
import { createContext, type ReactNode, useContext, useState } from 'react'
import { ConflictDialog } from './conflict-dialog.tsx'

export type Conflict = UseConflicts['conflicts'][number]

type Conflicts = {
  readonly conflicts: readonly Conflict[]
  /** Opens the dialog in which a person chooses. */
  compare(conflict: Conflict): void
}
const ConflictsContext = createContext<Conflicts>({ conflicts: [], compare: () => {} })

/** What of a conversation was written on several devices at once, for everything that shows it, and the dialog to choose in. */
export function ConflictsOf({
  conversationId,
  children,
}: {
  readonly conversationId: string
  readonly children: ReactNode
}) {
  const { conflicts, resolve } = useConflicts(conversationId)
  const [compared, setCompared] = useState<string | null>(null)
  const conflict = conflicts.find(({ register }) => register === compared)
  return (
    <ConflictsContext value={{ conflicts, compare: ({ register }) => setCompared(register) }}>
      {children}
      {conflict !== undefined && (
        <ConflictDialog
          key={conflict.covers.join()}
          conflict={conflict}
          onClose={() => setCompared(null)}
          onChoose={async (choice) => {
            // Whether it is settled or changed meanwhile: the dialog follows what is known next.
            await resolve(conflict, choice)
          }}
        />
      )}
    </ConflictsContext>
  )
}

export const useConversationConflicts = (): Conflicts => useContext(ConflictsContext)
