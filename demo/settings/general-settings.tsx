import { useId } from 'react'
import { type Language, setPreferences, type Theme, usePreferences } from '../preferences.ts'
import { useStrings } from '../strings/use-strings.ts'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']
const LANGUAGES: readonly (readonly [Language, string])[] = [
  ['en', 'English'],
  ['zh', '中文'],
]

/** How the app looks and speaks, and its keys. */
export function GeneralSettings() {
  const strings = useStrings()
  const { theme, language } = usePreferences()
  return (
    <>
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
    </>
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
