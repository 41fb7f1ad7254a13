// A state that fills its place: something failed, or there is nothing. Says what, and how to mend it.
import type { ReactNode } from 'react'
import { ApiFailure } from '../api/failure'
import controls from './controls.module.css'
import { Icon } from './Icon'
import { Logo } from './Logo'
import styles from './Notice.module.css'

export interface NoticeProps {
  kind: 'error' | 'calm'
  title: string
  error?: unknown
  action?: { label: string; run: () => void }
  /** The notice is all there is on the page. */
  full?: boolean
  children?: ReactNode
}

export function Notice({ kind, title, error, action, full, children }: NoticeProps) {
  return (
    <section className={styles.notice} data-full={full || undefined} role={kind === 'error' ? 'alert' : undefined} aria-label={title}>
      <span className={styles.emblem} data-kind={kind}>
        {kind === 'error' ? <Icon name="warning" size={22} /> : <Logo size={26} />}
      </span>
      <h2 className={styles.title}>{title}</h2>
      {error !== undefined && <Explained error={error} />}
      {children}
      {action && (
        <button type="button" className={controls.button} onClick={action.run}>
          {action.label}
        </button>
      )}
    </section>
  )
}

function Explained({ error }: { error: unknown }) {
  const { message, hint } = error instanceof ApiFailure ? error : { message: String(error), hint: 'Load the page again.' }
  return (
    <>
      <p className={styles.text}>{message}</p>
      {hint && <p className={styles.hint}>{hint}</p>}
    </>
  )
}
