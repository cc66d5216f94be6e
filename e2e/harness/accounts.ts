import type { Page } from '@playwright/test'
import type { Tab } from './tab.ts'

export type Account = { readonly email: string; readonly accountId: string }

const PASSWORD = 'correct horse battery staple'

/** Signs up at the cloud as an app would, and tells chatkeep. */
export async function signUp(tab: Tab, email: string): Promise<Account> {
  await authenticate(tab.page, '/api/auth/sign-up/email', { email, password: PASSWORD, name: email })
  return tell(tab, email)
}

export async function signIn(tab: Tab, email: string): Promise<Account> {
  await authenticate(tab.page, '/api/auth/sign-in/email', { email, password: PASSWORD })
  return tell(tab, email)
}

/** Ends the session at the cloud and tells chatkeep. */
export async function signOut(tab: Tab): Promise<void> {
  await authenticate(tab.page, '/api/auth/sign-out', {})
  await tab.chats.setAccount(null)
}

/** What the app does after each start: asks whose session there is. */
export async function accountOf(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const answer = await fetch('/api/v1/chat/session')
    if (!answer.ok) throw new Error(`GET /session: ${answer.status}`)
    return (await answer.json()).accountId
  })
}

async function tell(tab: Tab, email: string): Promise<Account> {
  const accountId = await accountOf(tab.page)
  await tab.chats.setAccount(accountId)
  return { email, accountId }
}

async function authenticate(page: Page, path: string, body: object): Promise<void> {
  await page.evaluate(
    async ([path, body]) => {
      const headers = { 'Content-Type': 'application/json' }
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`)
    },
    [path, body] as const,
  )
}
