import { expect, test } from 'vitest'
import type { Core } from '../../../src/client/core.ts'
import { unregister } from '../../../src/client/rarely.ts'

test('does nothing unless it is said whether the conversations stay', async () => {
  // Whatever it touched of the client would be another error.
  const core = {} as Core
  for (const options of [undefined, {}, { keepData: 'yes' }, { keepDate: true }]) {
    const refused = unregister(core, options as { readonly keepData: boolean })
    await expect(refused).rejects.toMatchObject({ code: 'input/invalid' })
  }
})
