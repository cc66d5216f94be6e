import { useEffect, useRef, useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { AuthError } from './auth-api.ts'

/** Runs one thing at a time and keeps in words why it did not work, until the next or until that is forgotten. */
export function useTask() {
  const strings = useStrings()
  const [isWorking, setWorking] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const asker = useRef<Element | null>(null)

  // A button that is disabled while its work goes on loses the keyboard, which goes on there when it can be pressed again.
  useEffect(() => {
    if (isWorking) return
    const button = asker.current
    asker.current = null
    if (button instanceof HTMLElement && document.activeElement === document.body) button.focus()
  }, [isWorking])

  async function run(act: () => Promise<unknown>): Promise<void> {
    asker.current = document.activeElement
    setWorking(true)
    setProblem(null)
    try {
      await act()
    } catch (error) {
      const isUnreachable = error instanceof AuthError && error.isUnreachable
      setProblem(isUnreachable ? strings.authOffline : error instanceof Error ? error.message : String(error))
    } finally {
      setWorking(false)
    }
  }
  return { isWorking, problem, run, forget: () => setProblem(null) }
}

/** Why it did not work, said aloud. */
export function Problem({ text }: { readonly text: string | null }) {
  if (text === null) return null
  return (
    <p className="field-problem" role="alert">
      {text}
    </p>
  )
}
