import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { findWebKit } from '../../../scripts/ensure-webkit.ts'
import { type EngineBrowser, type EngineProfile, type EngineTab, MissingEngine } from './engine-browser.ts'
import { freePort } from './free-port.ts'
import { openSession, type WebDriverSession } from './webdriver.ts'

/** Asks again whether a page has an answer. */
const ASK_AGAIN_MS = 20

/** Debian's WebKitGTK over classic WebDriver, on a display without a screen. Its sessions keep nothing when they end. */
export async function startWebKit(): Promise<EngineBrowser> {
  const found = findWebKit()
  if (found === undefined) throw new MissingEngine('WebKitGTK is missing: npm run ensure-webkit')
  const { driver, browser, displayServer } = found
  const display = await startDisplay(displayServer)
  return {
    openProfile: () => openProfile(driver, browser, display.name),
    close: () => end(display.process),
  }
}

async function openProfile(driver: string, browser: string, display: string): Promise<EngineProfile> {
  const home = await mkdtemp(join(tmpdir(), 'chatkeep-webkit-'))
  const port = await freePort()
  const running = spawn(driver, [`--port=${port}`], {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: display, HOME: home, XDG_RUNTIME_DIR: home, GDK_BACKEND: 'x11' },
  })
  const session = await openSession(`http://127.0.0.1:${port}`, {
    'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
  })
  const first = String(await session.send('GET', '/window'))
  return {
    openTab: () => openTab(session, first),
    async close() {
      await session.close()
      await end(running)
      await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

/** Expressions run without blocking the session, which serves all tabs of a profile: one asks until there is an answer. */
async function openTab(session: WebDriverSession, first: string): Promise<EngineTab> {
  // A window of its own: a tab behind another one is hidden, and hidden pages do not listen for what others write.
  const { handle } = (await session.inWindow(first, 'POST', '/window/new', { type: 'window' })) as {
    handle: string
  }
  const run = (script: string, args: readonly unknown[]) =>
    session.inWindow(handle, 'POST', '/execute/sync', { script, args })
  let asked = 0
  return {
    goto: async (url) => void (await session.inWindow(handle, 'POST', '/url', { url })),
    reload: async () => void (await session.inWindow(handle, 'POST', '/refresh', {})),
    async evaluate(expression) {
      asked += 1
      const name = `e2e${asked}`
      await run(`const [name] = arguments; (${expression}).then((told) => { window[name] = told })`, [name])
      for (;;) {
        const told = await run(
          'const [name] = arguments; const told = window[name]; delete window[name]; return told ?? null',
          [name],
        )
        if (told !== null) return String(told)
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
      }
    },
    close: async () => void (await session.inWindow(handle, 'DELETE', '/window')),
  }
}

async function startDisplay(program: string): Promise<{ name: string; process: ChildProcess }> {
  const args = ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp']
  const running = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const lines = createInterface(running.stdio[3] as Readable)
  const [number] = (await once(lines, 'line')) as [string]
  return { name: `:${number}`, process: running }
}

async function end(running: ChildProcess): Promise<void> {
  if (running.exitCode !== null || running.pid === undefined) return
  const exited = once(running, 'exit')
  process.kill(-running.pid, 'SIGKILL')
  await exited
}
