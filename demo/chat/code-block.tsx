import { isValidElement, type ReactNode } from 'react'
import { useStrings } from '../strings/use-strings.ts'
import { CopyButton } from './copy-button.tsx'

export function CodeBlock({ children }: { readonly children?: ReactNode }) {
  const strings = useStrings()
  const { language, text } = readCode(children)
  return (
    <figure className="code">
      <figcaption className="code-head">
        <span>{language}</span>
        <CopyButton text={text} label={strings.copyCode} />
      </figcaption>
      {/* Long lines scroll, so the keyboard has to get here. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area. */}
      <pre tabIndex={0}>{children}</pre>
    </figure>
  )
}

function readCode(children: ReactNode): { readonly language: string; readonly text: string } {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children))
    return { language: '', text: '' }
  const { className, children: code } = children.props
  return {
    language: className?.match(/language-(\S+)/)?.[1] ?? '',
    text: String(Array.isArray(code) ? code.join('') : (code ?? '')).replace(/\n$/, ''),
  }
}
