/** Answers to reads by their names (`read-names.ts`), as they were at a commit. */
export type Basis = {
  /** Number of the last commit that is known. */
  readonly commit: number
  readonly answers: ReadonlyMap<string, unknown>
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
 * sure of (`commitAfter`).
 */
export type Knowledge = {
  /** Undefined when nothing is known that holds for a transaction of that connection. */
  basisFor(connection: object | undefined): Basis | undefined
  /** A transaction has begun. Until it has ended another one of this context cannot rely on anything. */
  begin(): void
  /** It has ended; without findings it failed, perhaps with unknown outcome. */
  end(findings?: Findings): void
}

/** Answers that are remembered at once: some for each of the conversations that are in use. */
const REMEMBERED = 256

export function createKnowledge(): Knowledge {
  const answers = new Map<string, unknown>()
  let connection: object | undefined
  let commit: number | undefined
  let running = 0

  function forget(isForgotten: (name: string) => boolean): void {
    for (const name of answers.keys()) if (isForgotten(name)) answers.delete(name)
  }

  function learn(findings: Findings): void {
    const isNext = commit === findings.commit - 1 && connection === findings.connection
    connection = findings.connection
    commit = findings.commit
    if (isNext) forget((name) => isOneOf(findings.forgotten, name))
    else answers.clear()
    for (const [name, answer] of findings.answers) {
      answers.delete(name)
      answers.set(name, answer)
    }
    forget(() => answers.size > REMEMBERED)
  }

  return {
    basisFor: (wanted) =>
      running > 1 || wanted === undefined || wanted !== connection || commit === undefined
        ? undefined
        : { commit, answers },
    begin: () => {
      running += 1
    },
    end(findings) {
      running -= 1
      if (findings !== undefined && findings.commit > (commit ?? 0)) return learn(findings)
      // It failed, or tells what was before a later one.
      answers.clear()
      commit = undefined
    },
  }
}

/** Whether a name begins with one of these. */
export function isOneOf(beginnings: ReadonlySet<string>, name: string): boolean {
  for (const beginning of beginnings) if (name.startsWith(beginning)) return true
  return false
}
