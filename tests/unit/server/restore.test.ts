import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStorage } from '../../../server/storage/open-storage.ts'
import { CURSOR_ZERO } from '../../../src/domain/wire.ts'
import { aMessage } from './builders.ts'

const project = { account: 'anna', projectId: 'p' }

test('a server restored from a backup tells every client that its cursor is gone, also after new writes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chatkeep-restore-'))
  const [file, backup] = [join(folder, 'chatkeep.sqlite'), join(folder, 'backup.sqlite')]
  const before = await openStorage(`sqlite:${file}`)
  const kept = aMessage('c', 'kept')
  const { head: old } = await before.append({ ...project, cursor: CURSOR_ZERO, operations: [kept], now: 1 })
  await before.close()
  copyFileSync(file, backup)
  const lost = await openStorage(`sqlite:${file}`)
  const { head: newer } = await lost.append({
    ...project,
    cursor: old,
    operations: [aMessage('c', 'lost')],
    now: 2,
  })
  await lost.close()
  copyFileSync(backup, file)

  const restored = await openStorage(`sqlite:${file}`)
  const ask = (cursor: typeof old) => restored.readDelta({ ...project, cursor, limit: 10, maxBytes: 1e6 })
  await expect(ask(newer)).rejects.toMatchObject({ code: 'sync/gone' })
  await restored.append({ ...project, cursor: old, operations: [aMessage('c', 'other')], now: 3 })
  await expect(ask(newer)).rejects.toMatchObject({ code: 'sync/gone' })
  expect((await ask(old)).operations).toHaveLength(1)
  const both = restored.readDelta({ ...project, cursor: old, reached: newer, limit: 10, maxBytes: 1e6 })
  await expect(both).rejects.toMatchObject({ code: 'sync/gone' })
  expect((await ask(CURSOR_ZERO)).operations).toHaveLength(2)
  await restored.close()
  rmSync(folder, { recursive: true })
})
