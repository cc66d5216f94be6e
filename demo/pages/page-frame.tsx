import type { ReactNode } from 'react'
import { useStrings } from '../strings/use-strings.ts'

/** A page beside the app that asks one thing. */
export function PageFrame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const strings = useStrings()
  return (
    <main className="page">
      <div className="page-card">
        <p className="page-brand">{strings.appName}</p>
        <h1 className="page-title">{title}</h1>
        {children}
        <a className="page-home" href="/">
          {strings.toChats}
        </a>
      </div>
    </main>
  )
}
