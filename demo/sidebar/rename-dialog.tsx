import { Dialog } from '@base-ui/react/dialog'
import { useStrings } from '../strings/use-strings.ts'

export function RenameDialog({
  isOpen,
  title,
  onClose,
  onRename,
}: {
  readonly isOpen: boolean
  readonly title: string
  onClose(): void
  onRename(title: string): Promise<boolean>
}) {
  const strings = useStrings()
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog dialog-small">
          <Dialog.Title className="dialog-title">{strings.renameTitle}</Dialog.Title>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              const name = String(new FormData(event.currentTarget).get('title')).trim()
              onClose()
              if (name !== '' && name !== title) void onRename(name)
            }}
          >
            <label className="field">
              <span className="field-label">{strings.title}</span>
              <input
                className="input"
                name="title"
                dir="auto"
                defaultValue={title}
                maxLength={200}
                required
                onFocus={(event) => event.target.select()}
              />
            </label>
            <div className="dialog-actions">
              <Dialog.Close className="button">{strings.cancel}</Dialog.Close>
              <button type="submit" className="button button-primary">
                {strings.save}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
