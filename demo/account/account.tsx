import { useChatkeep } from 'chatkeep/react'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import * as auth from './auth-api.ts'

export type Account = {
  /** Who is signed in at the server; null when nobody is, undefined while the server was not reached. */
  readonly user: auth.AuthUser | null | undefined
  /** The account whose chats this device shows. It stays when a session ends by itself. */
  readonly accountId: string | null
  signUp(credentials: auth.Credentials, bringAlong: boolean): Promise<void>
  signIn(credentials: auth.Credentials, bringAlong: boolean): Promise<void>
  /** Ends the session; what is not uploaded yet stays on this device, in the account's own database. */
  signOut(): Promise<void>
}

const AccountContext = createContext<Account | null>(null)

export function AccountProvider({ children }: { readonly children: ReactNode }) {
  const { client, ready } = useChatkeep()
  const [user, setUser] = useState<auth.AuthUser | null | undefined>(undefined)
  const [accountId, setAccountId] = useState<string | null>(null)

  useEffect(() => {
    if (client === null) return
    setAccountId(client.status.accountId)
    return client.onStatus((status) => setAccountId(status.accountId))
  }, [client])

  // A session that began elsewhere (a sign-in in another tab, a cookie that outlived the database) is this device's too.
  useEffect(() => {
    if (client === null) return
    let isCurrent = true
    const ask = async () => {
      const found = await auth.currentUser()
      if (!isCurrent) return
      setUser(found)
      if (found !== null && found.id !== client.status.accountId) await client.setAccount(found.id)
    }
    // Offline: the device goes on with the account that it has.
    const asked = () => void ask().catch(() => {})
    asked()
    addEventListener('online', asked)
    return () => {
      isCurrent = false
      removeEventListener('online', asked)
    }
  }, [client])

  const account = useMemo<Account>(() => {
    const enter = async (entering: Promise<auth.AuthUser>, bringAlong: boolean) => {
      const entered = await entering
      await (await ready).setAccount(entered.id, { adopt: bringAlong })
      setUser(entered)
    }
    return {
      user,
      accountId,
      signUp: (credentials, bringAlong) => enter(auth.signUp(credentials), bringAlong),
      signIn: (credentials, bringAlong) => enter(auth.signIn(credentials), bringAlong),
      async signOut() {
        await auth.signOut()
        await (await ready).setAccount(null)
        setUser(null)
      },
    }
  }, [ready, user, accountId])
  return <AccountContext value={account}>{children}</AccountContext>
}

export function useAccount(): Account {
  const account = useContext(AccountContext)
  if (account === null) throw new Error('useAccount is used outside of AccountProvider.')
  return account
}
