import { Dialog } from '@base-ui/react/dialog'
import { useState } from 'react'
import { usePreferences } from '../preferences.ts'
import { useStrings } from '../strings/use-strings.ts'
import type { Conflict } from './conflicts.tsx'

type Head = Conflict['heads'][number]
type Choice =
  | { readonly head: Head['id'] }
  | 'both'
  | { readonly title: string }
  | { readonly message: Message }
type Message = Extract<Head['value'], { kind: 'message' }>['message']

/** All values of a title or a message, who wrote each and when, and the ways to settle it. */
export function ConflictDialog({
  conflict,
  onClose,
  onChoose,
}: {
  readonly conflict: Conflict
  onClose(): void
  onChoose(choice: Choice): Promise<void>
}) {
  const strings = useStrings()
  const [isWorking, setWorking] = useState(false)
  const [hasFailed, setFailed] = useState(false)
  const [own, setOwn] = useState<string | null>(null)
  const isTitle = conflict.messageId === null
  const kept = conflict.heads.filter(({ value }) => value.kind !== 'removed')

  function choose(choice: Choice): void {
    setWorking(true)
    setFailed(false)
    onChoose(choice)
      .catch(() => setFailed(true))
      .finally(() => setWorking(false))
  }

  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog dialog-wide">
          <Dialog.Title className="dialog-title">
            {isTitle ? strings.conflictOfTitle : strings.conflictOfMessage}
          </Dialog.Title>
          <Dialog.Description className="dialog-text">{strings.conflictHint}</Dialog.Description>
          <ul className="versions">
            {conflict.heads.map((head) => (
              <Version
                key={head.id}
                head={head}
                isWorking={isWorking}
                onKeep={() => choose({ head: head.id })}
              />
            ))}
          </ul>
          {own !== null && (
            <form
              onSubmit={(event) => {
                event.preventDefault()
                const choice = ownChoice(conflict, own.trim())
                if (choice !== undefined) choose(choice)
              }}
            >
              <label className="field">
                <span className="field-label">{strings.ownVersion}</span>
                <textarea
                  className="input version-box"
                  value={own}
                  maxLength={isTitle ? 200 : undefined}
                  onChange={(event) => setOwn(event.target.value)}
                />
              </label>
              <div className="dialog-actions">
                <button
                  type="submit"
                  className="button button-primary"
                  disabled={isWorking || own.trim() === ''}
                >
                  {strings.keepOwn}
                </button>
              </div>
            </form>
          )}
          {hasFailed && (
            <p className="field-problem" role="alert">
              {strings.storageProblem}
            </p>
          )}
          <div className="dialog-actions">
            <Dialog.Close className="button">{strings.decideLater}</Dialog.Close>
            {own === null && (
              <button
                type="button"
                className="button"
                onClick={() => setOwn(kept.map(textOfHead).join('\n\n'))}
              >
                {strings.writeOwn}
              </button>
            )}
            {kept.length > 1 && (
              <button type="button" className="button" disabled={isWorking} onClick={() => choose('both')}>
                {strings.keepBoth}
              </button>
            )}
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Version({
  head,
  isWorking,
  onKeep,
}: {
  readonly head: Head
  readonly isWorking: boolean
  onKeep(): void
}) {
  const strings = useStrings()
  const { language } = usePreferences()
  const { device, writtenAt, isShown, value } = head
  const elsewhere = device?.name ?? strings.otherDevice
  const where = device === null ? strings.firstVersion : device.isThis ? strings.thisDevice : elsewhere
  const when =
    writtenAt === null
      ? null
      : new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(writtenAt)
  return (
    <li className="version" data-shown={isShown || undefined}>
      <p className="version-head">
        <strong>{where}</strong>
        {when !== null && <span>{when}</span>}
        {isShown && <span className="version-mark">{strings.shownNow}</span>}
      </p>
      <p className="version-text" data-removed={value.kind === 'removed' || undefined}>
        {value.kind === 'removed' ? strings.removedThere : textOfHead(head)}
      </p>
      <button type="button" className="button button-small" disabled={isWorking} onClick={onKeep}>
        {value.kind === 'removed' ? strings.keepRemoval : strings.keepThisVersion}
      </button>
    </li>
  )
}

function textOfHead({ value }: Head): string {
  if (value.kind === 'title') return value.title
  if (value.kind === 'removed') return ''
  const parts: readonly unknown[] = Array.isArray(value.message.parts) ? value.message.parts : []
  const texts = parts.flatMap((part) =>
    typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string'
      ? [part.text]
      : [],
  )
  return texts.length > 0 ? texts.join('\n\n') : String(value.message.content ?? '')
}

/** What a person wrote instead, in the shape of what is shown; undefined when there is nothing to put it in. */
function ownChoice({ messageId, heads }: Conflict, text: string): Choice | undefined {
  if (messageId === null) return { title: text }
  for (const { value } of heads) {
    if (value.kind === 'message') return { message: { ...value.message, parts: [{ type: 'text', text }] } }
  }
  return undefined
}
