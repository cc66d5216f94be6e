/** Serialises transactions over sets of stores as IndexedDB does. */
export type StoreLocks = {
  /**
   * Resolves when the transaction may run: no earlier one that shares a store is unfinished, unless both only read. Granted in
   * the order of asking. The answer releases it.
   */
  acquire(stores: readonly string[], writes: boolean): Promise<() => void>
}

type Ticket = {
  readonly stores: readonly string[]
  readonly writes: boolean
  grant: (() => void) | undefined
}

/** Locks of one database within one context. */
export function createStoreLocks(): StoreLocks {
  const tickets: Ticket[] = []

  function isBlocked(ticket: Ticket): boolean {
    for (const earlier of tickets) {
      if (earlier === ticket) return false
      if (conflicts(earlier, ticket)) return true
    }
    return false
  }

  function advance(): void {
    for (const ticket of tickets.slice()) {
      if (ticket.grant === undefined || isBlocked(ticket)) continue
      const grant = ticket.grant
      ticket.grant = undefined
      grant()
    }
  }

  function acquire(stores: readonly string[], writes: boolean): Promise<() => void> {
    return new Promise((resolve) => {
      const ticket: Ticket = { stores, writes, grant: undefined }
      const release = () => {
        const position = tickets.indexOf(ticket)
        if (position < 0) return
        tickets.splice(position, 1)
        advance()
      }
      ticket.grant = () => resolve(release)
      tickets.push(ticket)
      if (!isBlocked(ticket)) {
        ticket.grant = undefined
        resolve(release)
      }
    })
  }

  return { acquire }
}

function conflicts(a: Ticket, b: Ticket): boolean {
  if (!a.writes && !b.writes) return false
  return a.stores.some((store) => b.stores.includes(store))
}
