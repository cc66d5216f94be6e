// Links in what is published have to lead to something that is published.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Relative links of the published Markdown files to what is not published, as `file: target`. */
export function deadLinks(root: string): readonly string[] {
  const packed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const paths: readonly string[] = JSON.parse(packed)[0].files.map(({ path }: { path: string }) => path)
  const isPublished = (target: string) =>
    paths.some((path) => path === target || path.startsWith(`${target}/`))
  return paths
    .filter((path) => path.endsWith('.md'))
    .flatMap((path) =>
      relativeLinks(readFileSync(join(root, path), 'utf8'))
        .filter((target) => !isPublished(posix.join(posix.dirname(path), target)))
        .map((target) => `${path}: ${target}`),
    )
}

/** Targets of a text's links and pictures, without those on other hosts and within the text itself. */
const relativeLinks = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)\s#]+)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
