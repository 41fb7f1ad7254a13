// What stands around every screen: the name, what is being monitored, and the page's own controls.
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { closeSession, sessionOptions } from '../api/session'
import controls from './controls.module.css'
import { Icon } from './Icon'
import { KeyHelp } from './KeyHelp'
import { useKeys } from './keys'
import { Logo } from './Logo'
import { MonitorSummary } from './MonitorSummary'
import styles from './Shell.module.css'
import { TellingPanel } from './TellingPanel'
import { ThemeToggle } from './ThemeToggle'

const quietIcon = `${controls.button} ${controls.quiet} ${controls.icon}`

export function Shell({ children }: { children: ReactNode }) {
  const [help, setHelp] = useState(false)
  const [telling, setTelling] = useState(false)
  const showHelp = () => setHelp(true)
  useKeys({ 'Shift+?': showHelp, '?': showHelp })
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the alerts
      </a>
      <header className={styles.bar}>
        <a className={styles.brand} href="/" aria-label="Podlynx, all alerts">
          <span className={styles.mark}>
            <Logo />
          </span>
          <span className={styles.name}>Podlynx</span>
        </a>
        <MonitorSummary />
        <div className={styles.tools}>
          <button
            type="button"
            className={`${quietIcon} ${styles.wide}`}
            aria-label="Keys and queries"
            title="Keys and queries (?)"
            onClick={showHelp}
          >
            <Icon name="keyboard" />
          </button>
          <button
            type="button"
            className={quietIcon}
            aria-label="Exceptions and webhooks"
            title="Exceptions and webhooks"
            onClick={() => setTelling(true)}
          >
            <Icon name="bell" />
          </button>
          <ThemeToggle />
          <SignOut />
        </div>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        {children}
      </main>
      <TellingPanel open={telling} onOpenChange={setTelling} />
      <KeyHelp open={help} onOpenChange={setHelp} />
    </div>
  )
}

function SignOut() {
  const client = useQueryClient()
  const leave = async () => {
    // An answer that fails ends the session here all the same; the cookie then dies with the manager's own clock.
    const provider = await closeSession().catch(() => '')
    client.clear()
    client.setQueryData(sessionOptions.queryKey, 'none')
    // Who came by a provider would be let in again without being asked, unless the log-in there ends too.
    if (provider) window.location.assign(provider)
  }
  return (
    <button type="button" className={quietIcon} aria-label="Sign out" title="Sign out" onClick={leave}>
      <Icon name="leave" />
    </button>
  )
}
