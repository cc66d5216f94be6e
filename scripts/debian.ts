import { existsSync, readFileSync } from 'node:fs'
import { runCommand } from './run-command.ts'

const INSTALL_LIMIT_MS = 10 * 60_000

/** Whether this process may install Debian packages: root, on Debian. */
export function canInstallDebianPackages(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get'))
    return false
  return existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))
}

/** Resolves to whether the packages are installed; prints what apt said when they are not. */
export async function installDebianPackages(packages: readonly string[]): Promise<boolean> {
  console.log(`Installing Debian's ${packages.join(', ')} …`)
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = { limitMs: INSTALL_LIMIT_MS, env: environment }
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-q']
  const update = await runCommand('apt-get', [...apt, 'update'], options)
  const install = await runCommand(
    'apt-get',
    [...apt, 'install', '-y', '--no-install-recommends', ...packages],
    options,
  )
  if (install.code !== 0) console.error(`${update.output}\n${install.output}`.slice(-4000))
  return install.code === 0
}
