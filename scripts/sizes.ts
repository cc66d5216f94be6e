// Prints the gzip size of what was built.
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = globSync(['dist/**/*.js', 'demo/dist/**/*.{js,css,html}'], { cwd: root }).sort()

console.log('\n    gzip    bytes')
for (const file of files) {
  const content = readFileSync(`${root}/${file}`)
  console.log(`${kilobytes(gzipSync(content, { level: 9 }).length)} ${kilobytes(content.length)}  ${file}`)
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(2)} kB`.padStart(9 + 2)
}
