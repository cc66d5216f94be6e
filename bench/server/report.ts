import { cpus, loadavg } from 'node:os'

/** One measurement of one round. */
export type Row = {
  readonly database: string
  readonly size: number
  readonly name: string
  readonly perSecond: number
  readonly p99: number
  /** Microseconds of the server's CPU for one operation or pull: what is left to compare when other work keeps the machine busy. */
  readonly cpuUs: number | undefined
}

/** Tables of medians and of ratios. */
export function toMarkdown(rows: readonly Row[]): string {
  const databases = [...new Set(rows.map((row) => row.database))]
  return databases.flatMap((database) => [...table(rows, database), '']).join('\n')
}

function table(rows: readonly Row[], database: string): string[] {
  const mine = rows.filter((row) => row.database === database)
  const sizes = [...new Set(mine.map((row) => row.size))]
  const names = [...new Set(mine.map((row) => row.name))]
  const heads = sizes.flatMap((size) => [`${size} in the log, per second`, 'p99 ms', 'server CPU µs each'])
  const lines = [`| ${database} | ${heads.join(' | ')} |`, `|---|${heads.map(() => '---:|').join('')}`]
  for (const name of names) {
    const cells = sizes.flatMap((size) => {
      const [perSecond, p99, cpuUs] = medians(mine, size, name)
      return [perSecond.toFixed(0), p99.toFixed(1), Number.isNaN(cpuUs) ? '–' : cpuUs.toFixed(0)]
    })
    lines.push(`| ${titleOf(name)} | ${cells.join(' | ')} |`)
  }
  lines.push(
    '',
    `| ${database}, ratio | ${sizes.join(' | ')} | target |`,
    `|---|${sizes.map(() => '---:|').join('')}---|`,
  )
  for (const batch of names.filter((name) => name.startsWith('post ')).map((name) => name.slice(5))) {
    const ratios = sizes.map((size) =>
      (medians(mine, size, `post ${batch}`)[0] / medians(mine, size, `bare ${batch}`)[0]).toFixed(2),
    )
    lines.push(`| posting ${batch} ÷ bare database | ${ratios.join(' | ')} | ≥ 0.5 with 100 |`)
  }
  for (const name of names.filter((each) => each.startsWith('delta'))) {
    const first = medians(mine, sizes[0] ?? 0, name)[0]
    const ratios = sizes.map((size) => (medians(mine, size, name)[0] / first).toFixed(2))
    lines.push(`| ${name} ÷ the same with ${sizes[0]} | ${ratios.join(' | ')} | does not fall with the log |`)
  }
  return lines
}

function titleOf(name: string): string {
  const [kind, count] = name.split(' ')
  if (kind === 'bare') return `bare database: operations in transactions of ${count}`
  return kind === 'post' ? `server: operations in posts of ${count}` : `server: pulls, ${name}`
}

function medians(rows: readonly Row[], size: number, name: string): [number, number, number] {
  const mine = rows.filter((row) => row.size === size && row.name === name)
  const median = (of: (row: Row) => number) => medianOf(mine.map(of))
  return [median((row) => row.perSecond), median((row) => row.p99), median((row) => row.cpuUs ?? Number.NaN)]
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

export function header(run: { rounds: number; seconds: number; connections: number }): string {
  const load = loadavg()[0]?.toFixed(1)
  return `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'} (load average at the end: ${load}), ${run.rounds} interleaved
rounds of ${run.seconds} s, ${run.connections} connections, each an account with a project of its own, the first of which holds the log; the load generator runs on the same machine. Medians.`
}
