// Emits the declarations of the package into dist/types. Type errors are the business of `npm run typecheck`.
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PROJECTS = ['page', 'worker', 'node', 'testing']
const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const outDir = fileURLToPath(new URL('../dist/types', import.meta.url))

const OPTIONS = [
  '--noEmit',
  'false',
  '--declaration',
  '--emitDeclarationOnly',
  '--rootDir',
  root,
  '--outDir',
  outDir,
]

for (const project of PROJECTS) {
  const config = `toolchain/typescript/declarations/${project}.json`
  const { status } = spawnSync(process.execPath, [tsc, '-p', config, ...OPTIONS], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

// tsc leaves `./name.ts` in declarations; what is published beside them is JavaScript.
const RELATIVE_SPECIFIER = /((?:from |import\()["']\.{1,2}\/[^"']*)\.tsx?(["'])/g
const files = globSync('**/*.d.ts', { cwd: outDir })
for (const file of files) {
  const source = readFileSync(`${outDir}/${file}`, 'utf8')
  writeFileSync(`${outDir}/${file}`, source.replace(RELATIVE_SPECIFIER, '$1.js$2'))
}
console.log(`dist/types: ${files.length} declarations`)
