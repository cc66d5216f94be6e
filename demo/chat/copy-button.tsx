import { useEffect, useState } from 'react'
import { CheckIcon, CopyIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'

const SHOWN_MS = 1_600

export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const strings = useStrings()
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={isCopied ? strings.copied : label}
      onClick={() => {
        // Without permission nothing is copied and the button does not claim so.
        navigator.clipboard?.writeText(text).then(
          () => setCopied(true),
          () => {},
        )
      }}
    >
      {isCopied ? <CheckIcon /> : <CopyIcon />}
    </button>
  )
}
