import { useEffect, useRef, useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import type { Chat } from './chat.ts'

/** Tells screen readers that an answer began and ended; the growing text itself would talk over everything. */
export function AnswerAnnouncer({ status }: { readonly status: Chat['status'] }) {
  const strings = useStrings()
  const before = useRef(status)
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (status === 'submitted') setSaid(strings.thinking)
    else if (status === 'streaming') setSaid(strings.answering)
    else if (before.current === 'streaming' && status === 'ready') setSaid(strings.answered)
    before.current = status
  }, [status, strings])
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {said}
    </div>
  )
}
