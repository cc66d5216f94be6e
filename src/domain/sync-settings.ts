/** What a person wants of sync, kept with the conversations of their account on this device. */
export type SyncSettings = {
  /** False: nothing is sent or asked for. The queue keeps filling, and drains when it is switched on again. */
  readonly enabled: boolean
  /** Projects that are kept on this device only, while the others sync. */
  readonly disabledProjects: readonly string[]
  /** The cloud is asked at least this often while a page is open, milliseconds; null: when something happens. At least 30 s. */
  readonly intervalMs: number | null
}

export const DEFAULT_SYNC_SETTINGS: SyncSettings = { enabled: true, disabledProjects: [], intervalMs: null }
export const LEAST_SYNC_INTERVAL_MS = 30_000
export const MAX_SYNC_INTERVAL_MS = 24 * 60 * 60_000

/** What is not named stays as it is. */
export type SyncSettingsChange = {
  readonly enabled?: boolean
  /** Switches one project on or off. */
  readonly project?: { readonly projectId: string; readonly enabled: boolean }
  readonly intervalMs?: number | null
}

export function changeSyncSettings(settings: SyncSettings, change: SyncSettingsChange): SyncSettings {
  const { enabled = settings.enabled, intervalMs = settings.intervalMs, project } = change
  if (project === undefined) return { ...settings, enabled, intervalMs }
  const others = settings.disabledProjects.filter((projectId) => projectId !== project.projectId)
  const disabledProjects = project.enabled ? others : [...others, project.projectId].sort()
  return { enabled, disabledProjects, intervalMs }
}

/** Settings as they were stored, by whatever build; what cannot be read is as if it was never set. */
export function parseSyncSettings(value: unknown): SyncSettings {
  if (typeof value !== 'object' || value === null) return DEFAULT_SYNC_SETTINGS
  const { enabled, disabledProjects, intervalMs } = value as Partial<Record<keyof SyncSettings, unknown>>
  return {
    enabled: enabled !== false,
    disabledProjects: Array.isArray(disabledProjects)
      ? disabledProjects.filter((projectId) => typeof projectId === 'string')
      : [],
    intervalMs: typeof intervalMs === 'number' ? Math.max(LEAST_SYNC_INTERVAL_MS, intervalMs) : null,
  }
}

export const isSyncedProject = (settings: SyncSettings, projectId: string): boolean =>
  settings.enabled && !settings.disabledProjects.includes(projectId)
