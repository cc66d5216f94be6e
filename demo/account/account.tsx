import { useChatkeep, useSyncStatus } from 'chatkeep/react'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react'
import * as auth from './auth-api.ts'

export type Account = {
  /** Who is signed in at the server; null when nobody is, undefined while the server was not reached. */
  readonly user: auth.AuthUser | null | undefined
  /** The account whose chats this device shows. It stays when a session ends by itself. */
  readonly accountId: string | null
  signUp(credentials: auth.Credentials): Promise<void>
  signIn(credentials: auth.Credentials): Promise<void>
  /** Ends the session; what is not uploaded yet stays on this device, in the account's own database, unless it is removed. */
  signOut(options: { readonly remove: boolean }): Promise<void>
  /** Deletes the account in the cloud, for good, and leaves it here. */
  deleteAccount(password: string): Promise<void>
  /** Leaves an account that is gone: there is no session to end. */
  leave(): Promise<void>
  /** After signing in: how many conversations were written here before and wait for an answer; 0 when there is nothing to ask. */
  readonly offeredCount: number
  /** Whether the account takes them. Those that it does not take are here again after signing out. */
  answerOffer(adopt: boolean): Promise<void>
}

const AccountContext = createContext<Account | null>(null)

export function AccountProvider({ children }: { readonly children: ReactNode }) {
  const { client, ready } = useChatkeep()
  const [user, setUser] = useState<auth.AuthUser | null | undefined>(undefined)
  const [isAsking, setAsking] = useState(false)
  /** Counts what the person did about the session: an answer that was asked for before says nothing any more. */
  const acts = useRef(0)
  const { status } = useSyncStatus()
  const accountId = status?.accountId ?? null
  const offeredCount = isAsking ? (status?.adoptable?.conversationCount ?? 0) : 0

  // A session that began elsewhere (a sign-in in another tab, a cookie that outlived the database) is this device's too.
  useEffect(() => {
    if (client === null) return
    let isCurrent = true
    const ask = async () => {
      const before = acts.current
      const found = await auth.currentUser()
      if (!isCurrent || before !== acts.current) return
      setUser(found)
      if (found === null || found.id === client.status.accountId) return
      await client.setAccount(found.id)
      setAsking(true)
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
    const enter = async (entering: Promise<auth.AuthUser>) => {
      const entered = await entering
      acts.current++
      await (await ready).setAccount(entered.id)
      setUser(entered)
      setAsking(true)
    }
    const leave = async ({ remove = false } = {}) => {
      acts.current++
      await (await ready).setAccount(null, { remove })
      setUser(null)
    }
    return {
      user,
      accountId,
      leave: () => leave(),
      async deleteAccount(password) {
        if (accountId !== null) await auth.deleteAccount(accountId, password)
        await leave()
      },
      offeredCount,
      signUp: (credentials) => enter(auth.signUp(credentials)),
      signIn: (credentials) => enter(auth.signIn(credentials)),
      async signOut({ remove }) {
        await auth.signOut()
        await leave({ remove })
      },
      async answerOffer(adopt) {
        await (await ready).setAccount(accountId, { adopt })
        setAsking(false)
      },
    }
  }, [ready, user, accountId, offeredCount])
  return <AccountContext value={account}>{children}</AccountContext>
}

export function useAccount(): Account {
  const account = useContext(AccountContext)
  if (account === null) throw new Error('useAccount is used outside of AccountProvider.')
  return account
}
