// The open alert: why the rule fired, from the reason down to the bytes.
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useRef } from 'react'
import { alertDetailOptions } from '../../api/alerts'
import type { AlertDetail, AlertRow } from '../../api/types'
import controls from '../../app/controls.module.css'
import { Icon } from '../../app/Icon'
import { Notice } from '../../app/Notice'
import styles from './DetailPanel.module.css'
import { Explanation } from './Explanation'
import { Incomplete } from './sections'
import { Title } from './Title'

export interface DetailPanelProps {
  eventId: string
  /** The group in the list; unknown when the list does not hold it (another filter, an old link). */
  row: AlertRow | undefined
  onClose: () => void
  onStep: (by: 1 | -1) => void
  onLatest: () => void
  onToggleDismissed: () => void
}

const quietIcon = `${controls.button} ${controls.quiet} ${controls.icon}`

export function DetailPanel({ eventId, row, onClose, onStep, onLatest, onToggleDismissed }: DetailPanelProps) {
  const { data, error, refetch } = useQuery(alertDetailOptions(eventId))
  const panel = useRef<HTMLElement>(null)
  // Opening moves the focus into the panel; stepping from alert to alert then leaves it where it is.
  useEffect(() => panel.current?.focus({ preventScroll: true }), [])
  useEffect(() => {
    if (eventId) panel.current?.querySelector('[data-scrolls]')?.scrollTo({ top: 0 })
  }, [eventId])
  return (
    <aside ref={panel} className={styles.panel} tabIndex={-1} aria-label="The open alert">
      <div className={styles.bar}>
        <button type="button" className={quietIcon} aria-label="Previous alert" title="Previous alert (k)" onClick={() => onStep(-1)}>
          <Icon name="previous" />
        </button>
        <button type="button" className={quietIcon} aria-label="Next alert" title="Next alert (j)" onClick={() => onStep(1)}>
          <Icon name="next" />
        </button>
        {row && row.event_id !== eventId && (
          <button type="button" className={controls.button} onClick={onLatest}>
            It happened again: show the latest
          </button>
        )}
        <span className={styles.gap} />
        {row && (
          <button type="button" className={controls.button} aria-label={row.dismissed ? 'Restore' : 'Dismiss'} onClick={onToggleDismissed}>
            <Icon name={row.dismissed ? 'restore' : 'archive'} size={14} />
            {row.dismissed ? 'Restore' : 'Dismiss'}
            <kbd>d</kbd>
          </button>
        )}
        <button type="button" className={quietIcon} aria-label="Close the alert" title="Close (Esc)" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div className={styles.content} data-scrolls>
        {data ? <Loaded detail={data} row={row} /> : error ? <Failed error={error} retry={() => void refetch()} /> : <Loading />}
      </div>
    </aside>
  )
}

function Loaded({ detail, row }: { detail: AlertDetail; row: AlertRow | undefined }) {
  return (
    <article key={detail.id}>
      <Title detail={detail} row={row} />
      <Incomplete event={detail.podlynx} />
      <Explanation detail={detail} />
    </article>
  )
}

function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  return <Notice kind="error" title="This alert could not be read" error={error} action={{ label: 'Try again', run: retry }} />
}

function Loading(): ReactNode {
  return (
    <div className={styles.loading} role="status" aria-label="Loading the alert">
      <span />
      <span />
      <span />
      <span />
    </div>
  )
}
