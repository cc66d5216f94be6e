import { Dialog } from '@base-ui/react/dialog'
import { Menu } from '@base-ui/react/menu'
import { useState } from 'react'
import { CheckIcon, DownIcon, FolderIcon, PlusIcon } from '../icons.tsx'
import { openConversation } from '../navigation.ts'
import { nameOfProject, useProjects } from '../projects.ts'
import { useStrings } from '../strings/use-strings.ts'

export function ProjectSwitcher({ projectId }: { readonly projectId: string }) {
  const strings = useStrings()
  const label = (name: string) => nameOfProject(name, strings)
  const { names, add } = useProjects(projectId)
  const [isCreating, setCreating] = useState(false)
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="project-trigger">
          <span className="visually-hidden">{`${strings.project}: `}</span>
          <span className="project-mark" aria-hidden="true">
            {[...label(projectId)][0]?.toUpperCase()}
          </span>
          <span className="project-name">{label(projectId)}</span>
          <DownIcon />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner className="positioner" side="bottom" align="start" sideOffset={6}>
            <Menu.Popup className="popup menu">
              <Menu.RadioGroup value={projectId} onValueChange={(name) => openConversation(String(name))}>
                {names.map((name) => (
                  <Menu.RadioItem key={name} value={name} className="menu-item" closeOnClick>
                    <FolderIcon />
                    <span className="menu-item-text">{label(name)}</span>
                    <Menu.RadioItemIndicator className="menu-check">
                      <CheckIcon />
                    </Menu.RadioItemIndicator>
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
              <Menu.Separator className="menu-separator" />
              <Menu.Item className="menu-item" onClick={() => setCreating(true)}>
                <PlusIcon />
                {strings.newProject}
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <Dialog.Root open={isCreating} onOpenChange={setCreating}>
        <Dialog.Portal>
          <Dialog.Backdrop className="backdrop" />
          <Dialog.Popup className="dialog dialog-small">
            <Dialog.Title className="dialog-title">{strings.newProject}</Dialog.Title>
            <Dialog.Description className="dialog-text">{strings.projectHint}</Dialog.Description>
            <form
              onSubmit={(event) => {
                event.preventDefault()
                const name = String(new FormData(event.currentTarget).get('name')).trim()
                if (name === '') return
                setCreating(false)
                // A project whose name could not be noted is listed again as soon as something is written in it.
                add(name).catch(() => {})
                openConversation(name)
              }}
            >
              <label className="field">
                <span className="field-label">{strings.projectName}</span>
                <input className="input" name="name" maxLength={60} required />
              </label>
              <div className="dialog-actions">
                <Dialog.Close className="button">{strings.cancel}</Dialog.Close>
                <button type="submit" className="button button-primary">
                  {strings.create}
                </button>
              </div>
            </form>
          </Dialog.Popup>
        </Dialog.Portal>
      </Dialog.Root>
    </>
  )
}
