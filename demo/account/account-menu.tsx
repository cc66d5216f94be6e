import { Menu } from '@base-ui/react/menu'
import { useState } from 'react'
import { PersonIcon } from '../icons.tsx'
import { useStrings } from '../strings/use-strings.ts'
import { useAccount } from './account.tsx'
import { AccountDialog } from './account-dialog.tsx'
import { AdoptionDialog } from './adoption-dialog.tsx'
import { SignInDialog } from './sign-in-dialog.tsx'
import { SignOutDialog } from './sign-out-dialog.tsx'

/** Who is signed in, or the way to sign in. */
export function AccountMenu() {
  const strings = useStrings()
  const { user, accountId } = useAccount()
  const [dialog, setDialog] = useState<'in' | 'out' | 'account' | null>(null)
  const close = () => setDialog(null)
  const hasEnded = accountId !== null && user === null
  return (
    <>
      {accountId === null || hasEnded ? (
        <>
          {hasEnded && <p className="account-note">{strings.sessionEnded}</p>}
          <button type="button" className="button button-wide" onClick={() => setDialog('in')}>
            <PersonIcon />
            {strings.signIn}
          </button>
        </>
      ) : (
        <Menu.Root>
          <Menu.Trigger className="account-trigger">
            <span className="visually-hidden">{`${strings.account}: `}</span>
            <span className="avatar" aria-hidden="true">
              {(user?.name ?? '?').slice(0, 1).toUpperCase()}
            </span>
            <span className="account-name">{user?.email ?? strings.account}</span>
          </Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner className="positioner" side="top" align="start" sideOffset={8}>
              <Menu.Popup className="popup menu">
                <Menu.Item className="menu-item" onClick={() => setDialog('account')}>
                  {strings.manageAccount}
                </Menu.Item>
                <Menu.Item className="menu-item" onClick={() => setDialog('out')}>
                  {strings.signOut}
                </Menu.Item>
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      )}
      <SignInDialog isOpen={dialog === 'in'} onClose={close} />
      <AccountDialog isOpen={dialog === 'account'} onClose={close} />
      <AdoptionDialog />
      <SignOutDialog isOpen={dialog === 'out'} onClose={close} />
    </>
  )
}
