import { Dialog } from '@base-ui/react/dialog'
import { useId } from 'react'
import { GearIcon } from '../icons.tsx'
import { type Language, setPreferences, type Theme, usePreferences } from '../preferences.ts'
import { useStrings } from '../strings/use-strings.ts'
import { StorageUsage } from './storage-usage.tsx'
import { SyncSettings } from './sync-settings.tsx'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']
const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['zh', '中文'],
]

export function SettingsDialog() {
  const strings = useStrings()
  const { theme, language } = usePreferences()
  return (
    <Dialog.Root>
      <Dialog.Trigger className="icon-button" aria-label={strings.settings}>
        <GearIcon />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">{strings.settings}</Dialog.Title>
          <Choice
            legend={strings.theme}
            value={theme}
            options={THEMES.map((value) => [value, strings.themes[value]] as const)}
            onChange={(value) => setPreferences({ theme: value })}
          />
          <Choice
            legend={strings.language}
            value={language}
            options={LANGUAGES}
            onChange={(value) => setPreferences({ language: value })}
          />
          <SyncSettings />
          <StorageUsage />
          <section className="settings-part">
            <h3 className="field-label">{strings.shortcuts}</h3>
            <dl className="facts">
              <dt>{strings.shortcutSearch}</dt>
              <dd>
                <kbd>Ctrl</kbd> <kbd>K</kbd>
              </dd>
              <dt>{strings.shortcutNew}</dt>
              <dd>
                <kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>O</kbd>
              </dd>
              <dt>{strings.shortcutComposer}</dt>
              <dd>
                <kbd>/</kbd>
              </dd>
              <dt>{strings.shortcutStop}</dt>
              <dd>
                <kbd>Esc</kbd>
              </dd>
            </dl>
          </section>
          <div className="dialog-actions">
            <Dialog.Close className="button">{strings.close}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Choice<Value extends string>({
  legend,
  value,
  options,
  onChange,
}: {
  readonly legend: string
  readonly value: Value
  readonly options: readonly (readonly [Value, string])[]
  onChange(value: Value): void
}) {
  const name = useId()
  return (
    <fieldset className="settings-part choice">
      <legend className="field-label">{legend}</legend>
      <div className="segments">
        {options.map(([option, label]) => (
          <label key={option} className="segment">
            <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
