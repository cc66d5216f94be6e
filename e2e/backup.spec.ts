// An operator's backup and restore, by the commands, while devices hold newer data.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { signIn, signUp } from './harness/accounts.ts'
import { aMessage } from './harness/messages.ts'
import { messagesIn } from './harness/server-log.ts'
import { DIST } from './harness/site.ts'
import type { Tab } from './harness/tab.ts'
import { expect, test } from './harness/test.ts'

/** Messages of all branches, as the list says. */
const countOf = async (tab: Tab) => (await tab.chats.getConversation('tides'))?.messageCount

test('what devices hold beyond a restored backup is offered again, and nothing is lost', async ({
  cloud,
  openDevice,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'chatkeep-operator-'))
  const command = (name: 'backup' | 'restore') =>
    promisify(execFile)(process.execPath, [join(DIST, 'server/main.js'), name, join(folder, 'copy')], {
      env: { ...process.env, CHATKEEP_DATABASE_URL: cloud.databaseUrl },
    })
  const [laptop, phone] = [await openDevice(), await openDevice()]
  const ada = await laptop.openTab(cloud.url)
  await signUp(ada, 'ada@example.com')
  await ada.chats.appendMessages('tides', [aMessage('before the backup')])
  await ada.untilSynced()
  await command('backup')

  await ada.chats.appendMessages('tides', [aMessage('after the backup')])
  await ada.untilSynced()
  const other = await phone.openTab(cloud.url)
  await signIn(other, 'ada@example.com')
  await other.untilSynced()
  await expect.poll(() => other.texts('tides')).toEqual(['before the backup', 'after the backup'])
  await expect(command('restore')).rejects.toMatchObject({ stderr: expect.stringContaining('stop it first') })
  await laptop.goOffline()
  await ada.chats.appendMessages('tides', [aMessage('written on the laptop meanwhile')])

  await cloud.stop()
  await command('restore')
  await cloud.start()
  expect(messagesIn(cloud.log()).map(({ text }) => text)).toEqual(['before the backup'])
  // The phone signed in after the backup: its session is gone, what it holds is not.
  await signIn(other, 'ada@example.com')
  await other.chats.appendMessages('tides', [aMessage('written on the phone meanwhile')])
  await other.untilSynced()
  await laptop.goOnline()
  await ada.untilSynced()
  const all = [
    'after the backup',
    'before the backup',
    'written on the laptop meanwhile',
    'written on the phone meanwhile',
  ]
  expect(
    messagesIn(cloud.log())
      .map(({ text }) => text)
      .sort(),
  ).toEqual(all)
  // Written apart, they are two branches; both devices know both.
  for (const tab of [ada, other]) {
    await tab.chats.syncNow()
    await expect.poll(() => countOf(tab)).toBe(all.length)
  }
  await rm(folder, { recursive: true, force: true })
})
