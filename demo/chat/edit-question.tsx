import { useEffect, useRef, useState } from 'react'
import { useStrings } from '../strings/use-strings.ts'

export function EditQuestion({
  text,
  onCancel,
  onSave,
}: {
  readonly text: string
  onCancel(): void
  onSave(text: string): void
}) {
  const strings = useStrings()
  const box = useRef<HTMLTextAreaElement>(null)
  const [edited, setEdited] = useState(text)
  useEffect(() => {
    box.current?.focus({ preventScroll: true })
    box.current?.scrollIntoView({ block: 'center' })
  }, [])
  const isSame = edited.trim() === '' || edited.trim() === text
  return (
    <form
      className="message edit"
      data-role="user"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isSame) onSave(edited.trim())
      }}
    >
      <textarea
        className="edit-box"
        dir="auto"
        value={edited}
        aria-label={strings.editQuestion}
        aria-describedby="edit-hint"
        ref={box}
        onChange={(event) => setEdited(event.target.value)}
        onKeyDown={(event) => {
          // While an input method composes, both keys are its own.
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Escape') onCancel()
          if (event.key === 'Enter' && !event.shiftKey) {
            event.preventDefault()
            event.currentTarget.form?.requestSubmit()
          }
        }}
      />
      <div className="edit-foot">
        <span id="edit-hint">{strings.editHint}</span>
        <button type="button" className="button button-small" onClick={onCancel}>
          {strings.cancel}
        </button>
        <button type="submit" className="button button-primary button-small" disabled={isSame}>
          {strings.saveAndAsk}
        </button>
      </div>
    </form>
  )
}
