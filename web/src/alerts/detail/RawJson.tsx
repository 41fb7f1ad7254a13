import { useState } from 'react'
import type { AlertDetail } from '../../api/types'
import { CopyButton } from '../CopyButton'
import styles from './DetailPanel.module.css'

/** The whole event as the API gave it; written out only when it is opened, for it can be long. */
export function RawJson({ detail }: { detail: AlertDetail }) {
  const [open, setOpen] = useState(false)
  const text = () => JSON.stringify(detail, null, 2)
  return (
    <details className={styles.raw} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Raw event (JSON)</summary>
      {open && (
        <>
          <CopyButton text={text} label="Copy the event as JSON">
            Copy
          </CopyButton>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
          <pre className={styles.pre} tabIndex={0}>
            {text()}
          </pre>
        </>
      )}
    </details>
  )
}
