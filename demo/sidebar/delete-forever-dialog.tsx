import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useStrings } from '../strings/use-strings.ts'

/** Asks before a conversation is deleted without a way back. */
export function DeleteForeverDialog({
  title,
  onConfirm,
}: {
  readonly title: string
  onConfirm(): Promise<unknown>
}) {
  const strings = useStrings()
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger
        className="button button-small button-quiet"
        data-tone="danger"
        aria-label={`${strings.deleteForever}: ${title}`}
      >
        {strings.deleteForever}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{strings.deleteForeverTitle(title)}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            {strings.deleteForeverHint}
          </AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Close className="button">{strings.cancel}</AlertDialog.Close>
            <AlertDialog.Close className="button button-danger" onClick={() => void onConfirm()}>
              {strings.deleteForever}
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
