import { usePreferences } from '../preferences.ts'
import { en, type Strings } from './en.ts'
import { zh } from './zh.ts'

export function useStrings(): Strings {
  return usePreferences().language === 'zh' ? zh : en
}
