import type { UIMessage } from 'ai'
import { memo } from 'react'
import { Markdown } from './markdown.tsx'

/** The parts of an answer. Of what the demo does not know it shows the name, so that nothing is hidden. */
export const MessageBody = memo(function MessageBody({ message }: { readonly message: UIMessage }) {
  return message.parts.map((part, index) => {
    // Parts only grow at the end, so their position names them.
    const key = `${index}:${part.type}`
    switch (part.type) {
      case 'text':
        return <Markdown key={key} text={part.text} />
      case 'reasoning':
        return (
          <details key={key} className="reasoning">
            <summary>…</summary>
            <Markdown text={part.text} />
          </details>
        )
      case 'file':
        return part.mediaType.startsWith('image/') && part.url.startsWith('data:image/') ? (
          <img key={key} className="message-image" src={part.url} alt={part.filename ?? ''} />
        ) : (
          <p key={key} className="part-chip">
            {part.filename ?? part.mediaType}
          </p>
        )
      case 'step-start':
        return null
      default:
        return (
          <p key={key} className="part-chip">
            {'toolName' in part ? part.toolName : part.type.replace(/^tool-/, '')}
          </p>
        )
    }
  })
})
