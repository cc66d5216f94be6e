import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Toast } from '@base-ui/react/toast'
import { useChatkeep } from 'chatkeep/react'
import { useState } from 'react'
import { Problem, useTask } from '../account/task.tsx'
import { openConversation, usePlace } from '../navigation.ts'
import { nameOfProject } from '../projects.ts'
import { useStrings } from '../strings/use-strings.ts'

/** Asks before all conversations of the project go to the trash. */
export function ClearDialog() {
  const strings = useStrings()
  const { ready } = useChatkeep()
  const { projectId } = usePlace()
  const { add } = Toast.useToastManager()
  const { isWorking, problem, run } = useTask()
  const [isOpen, setOpen] = useState(false)
  const name = nameOfProject(projectId, strings)

  const clear = () =>
    void run(async () => {
      const { trashed } = await (await ready).clearProject(projectId)
      setOpen(false)
      openConversation(projectId) // The one on screen is in the trash.
      add({ title: strings.cleared(trashed) })
    })

  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger className="button button-small" data-tone="danger">
        {strings.clearAll(name)}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" forceRender />
        <AlertDialog.Popup className="dialog dialog-small">
          <AlertDialog.Title className="dialog-title">{strings.clearTitle(name)}</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">{strings.clearQuestion}</AlertDialog.Description>
          <Problem text={problem} />
          <div className="dialog-actions">
            <AlertDialog.Close className="button">{strings.cancel}</AlertDialog.Close>
            <button type="button" className="button button-danger" disabled={isWorking} onClick={clear}>
              {isWorking ? strings.working : strings.clearNow}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
