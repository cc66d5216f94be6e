import { useChatkeep } from 'chatkeep/react'
import { useEffect, useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'

type Refused = Awaited<
  ReturnType<NonNullable<ReturnType<typeof useChatkeep>['client']>['listQuarantined']>
>[number]

/** Changes that the cloud refused: still on this device, each with its reason and another try. */
export function RefusedChanges({ count }: { readonly count: number }) {
  const strings = useStrings()
  const { client } = useChatkeep()
  const [refused, setRefused] = useState<readonly Refused[]>([])

  // biome-ignore lint/correctness/useExhaustiveDependencies: reads again when their number changes.
  useEffect(() => {
    let isCurrent = true
    client?.listQuarantined().then(
      (found) => {
        if (isCurrent) setRefused(found)
      },
      // Their number is shown all the same.
      () => {},
    )
    return () => {
      isCurrent = false
    }
  }, [client, count])

  return (
    <ul className="refused">
      {refused.map(({ sequence, refusal }) => (
        <li key={sequence}>
          <span>{refusal.message}</span>
          <button
            type="button"
            className="button button-small"
            // What is refused again is listed again.
            onClick={() => void client?.retryQuarantined(sequence).catch(() => {})}
          >
            {strings.tryAgain}
          </button>
        </li>
      ))}
    </ul>
  )
}
