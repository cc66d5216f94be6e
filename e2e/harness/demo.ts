import { expect, type Locator, type Page } from '@playwright/test'
import type { Device } from './device.ts'

/** The demo in a tab, as a person uses it. */
export type Demo = {
  readonly page: Page
  /** What must not happen on any page: policy violations, errors on the console, uncaught errors. */
  problems(): Promise<readonly string[]>
  /** Writes a message and sends it with Enter. */
  send(text: string): Promise<void>
  /** As `send`, and waits for the end of the answer. */
  ask(text: string): Promise<void>
  readonly questions: Locator
  readonly answers: Locator
  /** Titles in the sidebar, from above. */
  titles(): Promise<readonly string[]>
  open(title: string): Promise<void>
  /** Chooses from the menu of a conversation in the sidebar. */
  choose(title: string, action: string): Promise<void>
  newChat(): Promise<void>
  newProject(name: string): Promise<void>
  openProject(name: string): Promise<void>
  signUp(email: string): Promise<void>
  signIn(email: string): Promise<void>
  signOut(): Promise<void>
  /** The word beside the dot. */
  readonly sync: Locator
  reload(): Promise<void>
}

const PASSWORD = 'correct horse battery staple'
/** What a browser writes for each request that is refused or does not get through; the demo shows those itself. */
const EXPECTED =
  /^Failed to load resource: (the server responded with a status of 401|net::ERR_(INTERNET_DISCONNECTED|FAILED|CONNECTION_\w+))/

export async function openDemo(device: Device, url: string): Promise<Demo> {
  const page = await device.context.newPage()
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.addInitScript(() => {
    const violations: string[] = []
    Object.assign(window, { violations })
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      violations.push(`${violatedDirective} ${blockedURI} ${sourceFile}`)
    })
  })
  await page.goto(url)

  const sidebar = page.getByRole('complementary', { name: 'Conversations' })
  const questions = page.getByRole('article', { name: 'You' })
  const answers = page.getByRole('article', { name: 'Assistant' })
  const composer = page.getByRole('textbox', { name: 'Message', exact: true })
  const row = (title: string) => sidebar.getByRole('listitem').filter({ hasText: title })
  await expect(composer).toBeVisible()

  async function send(text: string): Promise<void> {
    await composer.fill(text)
    await composer.press('Enter')
    await expect(questions.filter({ hasText: text }).last()).toBeVisible()
  }

  async function authenticate(email: string, isNew: boolean): Promise<void> {
    await sidebar.getByRole('button', { name: 'Sign in' }).click()
    const dialog = page.getByRole('dialog')
    if (isNew) await dialog.getByRole('button', { name: 'I need an account' }).click()
    await dialog.getByLabel('Email').fill(email)
    await dialog.getByLabel('Password').fill(PASSWORD)
    await dialog.getByRole('button', { name: isNew ? 'Sign up' : 'Sign in', exact: true }).click()
    await expect(dialog).toBeHidden()
    // A question may lie over it already.
    const covered = page.getByRole('complementary', { name: 'Conversations', includeHidden: true })
    await expect(covered.getByText(email)).toBeVisible()
  }

  return {
    page,
    async problems() {
      const violations = await page.evaluate(() => (window as unknown as { violations: string[] }).violations)
      return [...violations, ...errors]
    },
    send,
    async ask(text) {
      const before = await answers.count()
      await send(text)
      await expect(answers).toHaveCount(before + 1)
      await expect(page.getByRole('button', { name: 'Stop', exact: true })).toBeHidden()
    },
    questions,
    answers,
    titles: () => sidebar.locator('.conversation-title').allTextContents(),
    async open(title) {
      await row(title).getByRole('link').click()
      await expect(row(title).getByRole('link')).toHaveAttribute('aria-current', 'page')
    },
    async choose(title, action) {
      await row(title).hover()
      await row(title)
        .getByRole('button', { name: /More actions/ })
        .click()
      await page.getByRole('menuitem', { name: action, exact: true }).click()
    },
    async newChat() {
      await sidebar.getByRole('button', { name: 'New chat' }).click()
      await expect(questions).toHaveCount(0)
    },
    async newProject(name) {
      await sidebar.getByRole('button', { name: /^Project:/ }).click()
      await page.getByRole('menuitem', { name: 'New project' }).click()
      await page.getByLabel('Name of the project').fill(name)
      await page.getByRole('button', { name: 'Create' }).click()
      await expect(sidebar.getByRole('button', { name: `Project: ${name}` })).toBeVisible()
    },
    async openProject(name) {
      await sidebar.getByRole('button', { name: /^Project:/ }).click()
      await page.getByRole('menuitemradio', { name }).click()
      await expect(sidebar.getByRole('button', { name: `Project: ${name}` })).toBeVisible()
    },
    signUp: (email) => authenticate(email, true),
    signIn: (email) => authenticate(email, false),
    async signOut() {
      await sidebar.getByRole('button', { name: /^Account:/ }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click()
      await expect(page.getByRole('alertdialog')).toBeHidden()
      await expect(sidebar.getByRole('button', { name: 'Sign in' })).toBeVisible()
    },
    sync: sidebar.locator('.sync-label'),
    async reload() {
      await page.reload()
      await expect(composer).toBeVisible()
    },
  }
}
