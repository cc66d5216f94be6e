import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFirefox } from '../../scripts/ensure-firefox.ts'
import { chromiumOptions } from './chromium.ts'
import { type Engine, MissingEngine } from './engines/engine-browser.ts'

/** Browsers that can be started on an address and then be left alone. */
type PlainEngine = Exclude<Engine, 'webkit'>

type Start = (profile: string, url: string) => Promise<ChildProcess>

const FIREFOX_PREFERENCES = {
  'dom.disable_open_during_load': false, // Pages may open tabs without a click,
  'dom.allow_scripts_to_close_windows': true, // and close them.
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'app.update.enabled': false,
}

const START: Readonly<Record<PlainEngine, Start>> = {
  async chromium(profile, url) {
    const { executablePath, args = [] } = chromiumOptions()
    if (executablePath === undefined) throw new MissingEngine('Chromium is missing: npm run ensure-chromium')
    const own = ['--headless=new', '--disable-popup-blocking', `--user-data-dir=${profile}`]
    return spawnGroup(executablePath, [...args, ...own, url])
  },
  async firefox(profile, url) {
    const program = findFirefox()
    if (program === undefined) throw new MissingEngine('Firefox is missing: npm run ensure-firefox')
    const lines = Object.entries(FIREFOX_PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    )
    await writeFile(join(profile, 'user.js'), lines.join('\n'))
    return spawnGroup(program, ['--headless', '--no-remote', '--profile', profile, url], { HOME: profile })
  },
}

/** Starts a browser as a person does, on a new profile: no debugger is attached that would keep a worker alive. */
export async function startPlainBrowser(engine: Engine, url: string): Promise<AsyncDisposable> {
  if (engine === 'webkit') throw new Error('WebKitGTK is only driven here: tag the test @no-webkit.')
  const profile = await mkdtemp(join(tmpdir(), 'chatkeep-plain-'))
  const running = await START[engine](profile, url)
  return {
    async [Symbol.asyncDispose]() {
      if (running.exitCode === null && running.pid !== undefined) {
        const exited = once(running, 'exit')
        process.kill(-running.pid, 'SIGKILL')
        await exited
      }
      await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** A group of its own, since browsers are several processes that have to end together. */
function spawnGroup(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(program, args, { detached: true, stdio: 'ignore', env: { ...process.env, ...env } })
}
