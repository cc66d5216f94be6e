import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { SendIcon, StopIcon } from '../icons.tsx'
import { COMPOSER_ID, STOP_ID } from '../shortcuts.ts'
import { useStrings } from '../strings/use-strings.ts'
import { useUnsentText } from './use-unsent-text.ts'

export type ComposerProps = {
  readonly conversationId: string
  readonly isAnswering: boolean
  onSend(text: string): void
  onStop(): void
}

/** The box to write in. What is not sent yet is kept with its conversation. */
export function Composer({ conversationId, isAnswering, onSend, onStop }: ComposerProps) {
  const strings = useStrings()
  const box = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useUnsentText(conversationId)
  const [isRaised, setRaised] = useState(false)
  const canSend = text.trim() !== '' && !isAnswering

  // On a phone the keyboard would cover what was opened to be read.
  useEffect(() => {
    if (matchMedia('(hover: hover)').matches) box.current?.focus()
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text.
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
    setRaised(element.scrollHeight > element.clientHeight + 1)
  }, [text])

  function send(): void {
    if (!canSend) return
    onSend(text.trim())
    setText('')
  }

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <textarea
        ref={box}
        id={COMPOSER_ID}
        className="composer-box"
        rows={1}
        dir="auto"
        value={text}
        data-scrolls={isRaised || undefined}
        placeholder={strings.composerPlaceholder}
        aria-label={strings.composer}
        aria-describedby="composer-hint"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          // While an input method composes, Enter chooses a candidate.
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
          event.preventDefault()
          send()
        }}
      />
      <div className="composer-tools">
        <span className="composer-hint" id="composer-hint">
          {strings.sendHint}
        </span>
        {isAnswering ? (
          <button
            type="button"
            id={STOP_ID}
            className="round-button"
            onClick={onStop}
            aria-label={strings.stop}
          >
            <StopIcon />
          </button>
        ) : (
          <button type="submit" className="round-button" disabled={!canSend} aria-label={strings.send}>
            <SendIcon />
          </button>
        )}
      </div>
    </form>
  )
}
