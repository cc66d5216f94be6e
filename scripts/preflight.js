// Plain JavaScript without imports, so that it runs and explains itself on any Node.
const minimum = [22, 18]
const [major, minor] = process.versions.node.split('.').map(Number)

if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
  console.error(`Node ${minimum.join('.')} or newer is needed, found ${process.versions.node} (${process.execPath}).

On Linux and Windows this repository brings its own Node 24:
  1. run \`npm ci\` (not with --omit=optional, and not with --no-optional)
  2. start scripts through npm (\`npm test\`, \`npm run build\`), not as \`node script.js\`
On macOS install Node 24 from https://nodejs.org, then run \`npm ci\` again.`)
  process.exit(1)
}
