import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/overlays.css'
import './styles/sidebar.css'
import './styles/chat.css'
import './styles/message.css'
import './styles/page.css'
import './styles/circumstances.css'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { Toast } from '@base-ui/react/toast'
import { Tooltip } from '@base-ui/react/tooltip'
import { register } from 'chatkeep'
import { ChatkeepProvider } from 'chatkeep/react'
import { type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { DevicePage } from './pages/device-page.tsx'
import { ResetPage } from './pages/reset-page.tsx'
import { applyPreferences } from './preferences.ts'
import { Toasts } from './toasts.tsx'

/** Pages beside the app, by path; any other path is the app. */
const PAGES: Readonly<Record<string, () => ReactNode>> = {
  '/device': DevicePage,
  '/reset-password': ResetPage,
}
const Page = PAGES[location.pathname] ?? App

applyPreferences()
const client = register({ projectId: 'personal', cloud: { url: '/api/v1/chat' } })

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      {/* The page's policy allows no <style> elements; everything that Base UI would put there is in our style sheets. */}
      <CSPProvider disableStyleElements>
        <ChatkeepProvider client={client}>
          <Tooltip.Provider delay={500}>
            <Toast.Provider limit={3}>
              <Page />
              <Toasts />
            </Toast.Provider>
          </Tooltip.Provider>
        </ChatkeepProvider>
      </CSPProvider>
    </StrictMode>,
  )
}
