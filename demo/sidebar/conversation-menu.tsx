import { Menu } from '@base-ui/react/menu'
import { useState } from 'react'
import { ArchiveIcon, MoreIcon, PencilIcon, PinIcon, TrashIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import type { ListedConversation } from './listed-conversation.ts'
import { RenameDialog } from './rename-dialog.tsx'
import { useConversationActions } from './use-conversation-actions.ts'

/** What can be done with a conversation as a whole. */
export function ConversationMenu({
  conversation,
  isCurrent,
}: {
  readonly conversation: ListedConversation
  readonly isCurrent: boolean
}) {
  const strings = useStrings()
  const [isRenaming, setRenaming] = useState(false)
  const { rename, pin, archive, remove } = useConversationActions(conversation, isCurrent)
  const { pinned, archived, title } = conversation
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="icon-button conversation-more" aria-label={`${strings.more}: ${title}`}>
          <MoreIcon />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner className="positioner" side="bottom" align="end" sideOffset={4}>
            <Menu.Popup className="popup menu">
              <Menu.Item className="menu-item" onClick={() => setRenaming(true)}>
                <PencilIcon />
                {strings.rename}
              </Menu.Item>
              <Menu.Item className="menu-item" onClick={() => void pin(!pinned)}>
                <PinIcon />
                {pinned ? strings.unpin : strings.pin}
              </Menu.Item>
              <Menu.Item className="menu-item" onClick={() => void archive(!archived)}>
                <ArchiveIcon />
                {archived ? strings.unarchive : strings.archive}
              </Menu.Item>
              <Menu.Separator className="menu-separator" />
              <Menu.Item className="menu-item" data-tone="danger" onClick={() => void remove()}>
                <TrashIcon />
                {strings.remove}
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <RenameDialog isOpen={isRenaming} title={title} onClose={() => setRenaming(false)} onRename={rename} />
    </>
  )
}
