import { Toast } from '@base-ui/react/toast'
import { CloseIcon } from './icons.tsx'
import { useStrings } from './strings/use-strings.ts'

/** Shows the toasts of this page; the newest lies on top. */
export function Toasts() {
  const { toasts } = Toast.useToastManager()
  const strings = useStrings()
  return (
    <Toast.Portal>
      <Toast.Viewport className="toasts">
        {toasts.map((toast) => (
          <Toast.Root key={toast.id} toast={toast} className="toast">
            <Toast.Content className="toast-content">
              <div className="toast-text">
                <Toast.Title className="toast-title" />
                <Toast.Description className="toast-description" />
              </div>
              <Toast.Action className="button button-quiet" />
              <Toast.Close className="icon-button" aria-label={strings.dismiss}>
                <CloseIcon />
              </Toast.Close>
            </Toast.Content>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  )
}
