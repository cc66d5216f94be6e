/** Answers to reads by their names (`read-names.ts`), as they were at a commit. */
export type Basis = {
  /** Number of the last commit that is known. */
  readonly commit: number
  readonly answers: ReadonlyMap<string, unknown>
  /** That commit is our own, and not complete yet. */
  readonly isOnItsWay: boolean
}

/** What one transaction found and left. */
export type Findings = {
  readonly connection: object | undefined
  /** Its number. */
  readonly commit: number
  /** What the names begin with of which nothing that was known is so any more. */
  readonly forgotten: ReadonlySet<string>
  readonly answers: ReadonlyMap<string, unknown>
}

/**
 * What a context knows of a database without reading it: true as long as nobody else commits, which whoever relies on it has to make
 * sure of (`commits.ts`).
 */
export type Knowledge = {
  /** A transaction is about to begin. */
  begin(): Turn
}

export type Turn = {
  /** At each start of its work. Undefined when nothing is known that holds for a transaction of that connection. */
  basisFor(connection: object | undefined): Basis | undefined
  /** Its work is done, and it commits: the next one relies on that. */
  worked(findings: Findings): void
  /** It has ended. If it did not succeed, perhaps with unknown outcome, nothing is known any more. */
  end(isComplete: boolean): void
}

/** Answers that are remembered at once: some for each of the conversations that are in use. */
const REMEMBERED = 256

export function createKnowledge(): Knowledge {
  const answers = new Map<string, unknown>()
  let connection: object | undefined
  let commit: number | undefined
  /** Transactions that have begun, and those of them that commit. */
  let running = 0
  let committing = 0

  function drop(isDropped: (name: string) => boolean): void {
    for (const name of answers.keys()) if (isDropped(name)) answers.delete(name)
  }

  function forget(): void {
    answers.clear()
    commit = undefined
  }

  function learn(findings: Findings): void {
    const isNext = commit === findings.commit - 1 && connection === findings.connection
    connection = findings.connection
    commit = findings.commit
    if (isNext) drop((name) => isOneOf(findings.forgotten, name))
    else answers.clear()
    for (const [name, answer] of findings.answers) {
      answers.delete(name)
      answers.set(name, answer)
    }
    drop(() => answers.size > REMEMBERED)
  }

  return {
    begin() {
      running += 1
      let isCommitting = false
      const fail = () => {
        if (isCommitting) committing -= 1
        isCommitting = false
        forget()
      }
      return {
        basisFor(wanted) {
          if (isCommitting) fail() // Its connection was lost, and it runs again.
          // While another one works, what it will leave is not known.
          if (running - committing > 1 || commit === undefined) return undefined
          if (wanted === undefined || wanted !== connection) return undefined
          return { commit, answers, isOnItsWay: committing > 0 }
        },
        worked(findings) {
          if (findings.commit <= (commit ?? 0))
            forget() // It tells what was before a later one.
          else learn(findings)
          isCommitting = true
          committing += 1
        },
        end(isComplete) {
          running -= 1
          if (!isComplete) fail()
          else if (isCommitting) committing -= 1
        },
      }
    },
  }
}

/** Whether a name begins with one of these. */
export function isOneOf(beginnings: ReadonlySet<string>, name: string): boolean {
  for (const beginning of beginnings) if (name.startsWith(beginning)) return true
  return false
}
