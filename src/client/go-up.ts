import { ChatkeepError } from '../domain/errors.ts'
import { carryOver, withAccountOf } from './carry-over.ts'
import type { Core } from './core.ts'

/**
 * Goes over to the best rung above the one at hand, with what is kept there. Rejects when there is none that works, and when the page came to
 * another engine or session meanwhile: then it stays where it is.
 */
export async function goUp(core: Core): Promise<void> {
  const { environment, baseName, connection, steps, changes } = core
  const lesser = connection.current()
  const landed = await core.landOn(steps.slice(0, steps.indexOf(lesser.step)))
  try {
    const better = await withAccountOf(lesser, landed, baseName)
    await carryOver(lesser, better, environment, baseName, () => {
      const { engine, session } = connection.current()
      const isSame = engine === lesser.engine && session.database === lesser.session.database
      // The next try goes up as whoever is signed in then.
      if (!isSame) throw new ChatkeepError('account/closed', 'The page went on as another meanwhile.')
      connection.switchTo(better)
    })
  } catch (error) {
    await landed.engine.close()
    throw error
  }
  changes.tellAll()
}
