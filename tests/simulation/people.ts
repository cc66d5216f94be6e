import type { Dice } from './dice.ts'
import type { Device, Stage } from './history.ts'

/** People come and go: they sign in, out, and in as somebody else, in a tab or behind its back. */
export async function comeOrGo(stage: Stage, device: Device, dice: Dice): Promise<void> {
  const { world, weather } = stage
  const { browser } = device
  const account = dice.pick(weather.accounts)
  const kind = dice.weighted({ signIn: 5, signOut: 3, otherAccount: 3, sessionEnds: 3 })
  world.note(() => `${kind} ${account} on ${browser.name}`)
  const open = device.tabs.filter((tab) => tab.isOpen())
  const tab = open.length === 0 ? await stage.nextTab(device) : dice.pick(open)
  switch (kind) {
    case 'signIn': {
      browser.cookies.accountId = account
      const adopt = dice.pick([undefined, undefined, true, false])
      await tab.host('signedIn', { accountId: account, ...(adopt === undefined ? {} : { adopt }) })
      void tab.wakeUps.run('signed-in')
      return
    }
    case 'signOut':
      browser.cookies.accountId = null
      await tab.host('signedOut', dice.chance(0.3) ? { remove: true } : {})
      return
    case 'otherAccount': {
      // The cookies are the browser's: who signs in on another site's page of the same server changes them for all tabs.
      const others = weather.accounts.filter((name) => name !== tab.session()?.accountId)
      const other = others[0] ?? 'somebody'
      if (browser.cookies.accountId === null) return
      browser.cookies.accountId = other
      world.fired('other-account', browser.name)
      const before = tab.session()?.accountId ?? null
      world.after(dice.between(1_000, 600_000), () => {
        if (browser.cookies.accountId !== other || !weather.accounts.includes(before ?? '')) return
        browser.cookies.accountId = before
        for (const each of device.tabs) each.tell('focus')
      })
      return
    }
    case 'sessionEnds': {
      const before = browser.cookies.accountId
      if (before === null) return
      browser.cookies.accountId = null
      world.after(dice.between(1_000, 600_000), () => {
        browser.cookies.accountId ??= before
        for (const each of device.tabs) each.tell('focus')
      })
      return
    }
  }
}
