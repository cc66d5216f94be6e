import type { PageEvent } from '../../src/client/page-events.ts'
import { createWakeUps, type WakeUps } from '../../src/client/wake-ups.ts'
import { ChatkeepError } from '../../src/domain/errors.ts'
import type { HostService, Session } from '../../src/domain/host-service.ts'
import type { MutationId } from '../../src/domain/ids.ts'
import type { CheckpointDraft, CheckpointResult } from '../../src/domain/service/draft.ts'
import type { MessagePage } from '../../src/domain/service/message-page.ts'
import type { ConversationService } from '../../src/domain/service.ts'
import type { Browser, Scene } from './browser.ts'
import { BASE_NAME, createCaller } from './caller.ts'
import type { Ledger } from './ledger.ts'
import type { Weather } from './weather.ts'

type Method = keyof ConversationService
type Answer<M extends Method> = Awaited<ReturnType<ConversationService[M]>>
type Argument<M extends Method> = Parameters<ConversationService[M]>[0]

/** One page: it repeats what it was not answered, as the client does, and wakes the queue as the client does. */
export type Tab = {
  readonly name: string
  readonly browser: Browser
  readonly wakeUps: WakeUps
  session(): Session | undefined
  isOpen(): boolean
  close(): void
  /** What it showed last, by conversation. */
  readonly pages: Map<string, MessagePage>
  mutation(): MutationId
  /** Something that the browser tells the page. */
  tell(event: PageEvent): void
  /** A command or a query; undefined when it failed for a reason that the page has to expect. */
  call<M extends Method>(method: M, argument: Argument<M>): Promise<Answer<M> | undefined>
  host<M extends keyof HostService>(
    method: M,
    argument: Omit<Parameters<HostService[M]>[0], 'baseName'>,
  ): Promise<Awaited<ReturnType<HostService[M]>> | undefined>
  open(): Promise<void>
  /** Time passes, unless the page is closed: then it never ends. */
  rest(delayMs: number): Promise<void>
  readonly weather: Weather
  /** Holds a Web Lock for as long as the tab lives; answers what lets go of it. */
  holdLock(name: string): Promise<() => void>
  /** This act appends; blindly: to whatever is open. */
  plansAppend(mutationId: string, isBlind: boolean): void
  /** This act ends an answer. */
  plansEnd(mutationId: string): void
  readonly isUnmarked: Ledger['isUnmarked']
}

/** `ownHost`: the page runs the engine itself, beside the worker of other tabs. */
export function createTab(
  scene: Scene,
  browser: Browser,
  options: { readonly ownHost?: boolean; readonly build?: string } = {},
): Tab {
  const { world, ledger } = scene
  const name = `${browser.name}.tab${world.next()}`
  const listeners = new Set<(event: PageEvent) => void>()
  const timers = new Set<() => void>()
  let isOpen = true
  let mutations = 0

  function after(delayMs: number, act: () => void): () => void {
    const cancel = world.after(delayMs, () => {
      timers.delete(cancel)
      if (isOpen) act()
    })
    timers.add(cancel)
    return cancel
  }

  const { attempt, ask, enter, session, become, end } = createCaller(scene, browser, {
    ...options,
    name,
    after,
    isOpen: () => isOpen,
  })

  function noteDraft(
    database: string,
    { conversationId, message }: CheckpointDraft,
    { outcome }: CheckpointResult,
  ): void {
    if (outcome === 'kept' || outcome === 'stop')
      ledger.keptDraft(browser.store, database, conversationId, message.id)
  }

  const tab: Tab = {
    name,
    browser,
    weather: scene.weather,
    async holdLock(lock) {
      let end = () => {}
      const held = new Promise<void>((resolve) => {
        end = resolve
      })
      if (scene.weather.hasWebLocks) await browser.holdLock(tab, lock, held)
      return end
    },
    plansAppend: (mutationId, isBlind) => ledger.plans.set(mutationId, isBlind ? 'append' : 'append-after'),
    plansEnd: (mutationId) => ledger.plans.set(mutationId, 'end-of-answer'),
    isUnmarked: ledger.isUnmarked,
    pages: new Map(),
    session,
    isOpen: () => isOpen,
    close() {
      if (!isOpen) return
      isOpen = false
      browser.tabs.delete(tab)
      world.note(() => `${name} closes`)
      tab.wakeUps.close()
      for (const cancel of timers) cancel()
      browser.releaseLocks(tab)
      end()
    },
    mutation: () => `${name.replaceAll('.', '-')}-${String(++mutations).padStart(4, '0')}` as MutationId,
    tell: (event) => {
      if (event === 'online') browser.store.shortenedAt = world.now()
      for (const listener of listeners) listener(event)
    },
    async call(method, argument) {
      if (method === 'syncNow' || method === 'retryQuarantined') browser.store.shortenedAt = world.now()
      if (method === 'fetchConversation') browser.store.openedAt = world.now()
      const answered = await ask(() => session()?.database ?? null, method, argument)
      if (answered === undefined) return undefined
      const database = answered.named ?? ''
      const { mutationId } = argument as { mutationId?: string }
      if (mutationId !== undefined) {
        ledger.acknowledged(browser.store, database, mutationId)
        tab.wakeUps.saved()
      }
      if (method === 'checkpointDraft')
        noteDraft(database, argument as CheckpointDraft, answered.value as CheckpointResult)
      return answered.value as never
    },
    async host(method, argument) {
      if (method === 'signedIn' && 'accountId' in argument)
        ledger.mayReturn(browser.store, `${BASE_NAME}:account-${String(argument.accountId)}`)
      const askedAt = method === 'signedIn' ? { askedAt: world.now() + browser.clockOffset } : {}
      const answered = await ask(() => null, method, { baseName: BASE_NAME, ...askedAt, ...argument })
      if (method === 'openSession' || method === 'signedIn' || method === 'signedOut') {
        if (answered !== undefined) become(answered.value as Session)
        tab.pages.clear()
      }
      return answered?.value as never
    },
    async open() {
      await tab.host('openSession', {})
      void tab.wakeUps.run('start')
    },
    rest: (delayMs) => new Promise((resolve) => void after(delayMs, resolve)),
    wakeUps: createWakeUps({
      clock: {
        now: () => world.now() + browser.clockOffset,
        setTimer: (act, delayMs) => after(delayMs, act),
      },
      pageEvents: {
        isVisible: () => true,
        listen(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
      async wake(reason, projectIds) {
        const [projectId] = projectIds
        const argument = { reason, ...(projectId === undefined ? {} : { projectId }) }
        const answered = await attempt(session()?.database ?? null, 'wake', argument)
        if (answered === undefined) throw new Error('No answer.')
        if ('error' in answered) {
          const { error } = answered
          // As the client's connection does: the next wake-up is for whoever is signed in now.
          if (error instanceof ChatkeepError && error.code.startsWith('account/')) await enter()
          throw error
        }
        return answered.value as { dueAt: number | null }
      },
    }),
  }
  browser.tabs.add(tab)
  return tab
}
