import { Dialog } from '@base-ui/react/dialog'
import { Tabs } from '@base-ui/react/tabs'
import { GearIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { ChatsSettings } from './chats-settings.tsx'
import { GeneralSettings } from './general-settings.tsx'
import { StorageUsage } from './storage-usage.tsx'
import { SyncSettings } from './sync-settings.tsx'
import { TidySettings } from './tidy-settings.tsx'

export function SettingsDialog() {
  const strings = useStrings()
  return (
    <Dialog.Root>
      <Dialog.Trigger className="icon-button" aria-label={strings.settings}>
        <GearIcon />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{strings.settings}</Dialog.Title>
          <Tabs.Root defaultValue="general">
            <Tabs.List className="segments settings-tabs" aria-label={strings.settings} activateOnFocus>
              <Tabs.Tab className="settings-tab" value="general">
                {strings.general}
              </Tabs.Tab>
              <Tabs.Tab className="settings-tab" value="sync">
                {strings.syncAndStorage}
              </Tabs.Tab>
              <Tabs.Tab className="settings-tab" value="chats">
                {strings.chats}
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel className="settings-panel" value="general">
              <GeneralSettings />
            </Tabs.Panel>
            <Tabs.Panel className="settings-panel" value="sync">
              <SyncSettings />
              <StorageUsage />
            </Tabs.Panel>
            <Tabs.Panel className="settings-panel" value="chats">
              <TidySettings />
              <ChatsSettings />
            </Tabs.Panel>
          </Tabs.Root>
          <div className="dialog-actions">
            <Dialog.Close className="button">{strings.close}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
