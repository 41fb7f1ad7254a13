// One row: a group of alike alerts.
import { memo } from 'react'
import type { AlertRow, Endpoint } from '../api/types'
import styles from './AlertItem.module.css'
import { address, count, fullTime, millis, ruleId, shortTime } from './format'
import { Severity } from './Severity'

/** Generator of what tells of lost alerts: it happened on a node, between no two addresses. */
const LOSS = 9000

interface AlertItemProps {
  row: AlertRow
  index: number
  top: number
  height: number
  /** Milliseconds since the epoch: what counts as today. */
  now: number
  tabStop: boolean
  selected: boolean
  fresh: boolean
  onFocus: (id: string) => void
  onOpen: (row: AlertRow) => void
}

export function AlertItem({ row, index, top, height, now, tabStop, selected, fresh, onFocus, onOpen }: AlertItemProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter is the page's own key and opens the focused row
    <div
      role="row"
      className={styles.row}
      style={{ top, height }}
      data-index={index}
      data-alert={row.id}
      data-dismissed={row.dismissed || undefined}
      aria-rowindex={index + 2}
      aria-selected={selected}
      tabIndex={tabStop ? 0 : -1}
      onFocus={() => onFocus(row.id)}
      onClick={() => onOpen(row)}
    >
      {fresh && <span key={row.count} className={styles.fresh} aria-hidden="true" />}
      <span role="gridcell" className={styles.severity}>
        <Severity value={row.severity} />
      </span>
      <span role="gridcell" className={styles.time}>
        <LastSeen row={row} now={now} />
      </span>
      <span role="gridcell" className={styles.alert}>
        <span className={styles.msg}>{row.rule.msg}</span>
        <span className={styles.sub}>
          {row.description} <span className={styles.rule}>{ruleId(row.rule)}</span>
          {row.rule.classtype && <span className={styles.extra}>{row.rule.classtype}</span>}
        </span>
      </span>
      <span role="gridcell" className={styles.source}>
        {row.rule.gid === LOSS ? <span className={styles.pod}>{row.host}</span> : <End end={row.source} />}
      </span>
      <span role="gridcell" className={styles.destination}>
        {row.rule.gid !== LOSS && (
          <>
            <End end={row.destination} />
            <span className={styles.protocol}>{row.protocol}</span>
          </>
        )}
      </span>
      <span role="gridcell" className={styles.count} title={`Seen ${count(row.count)} times, first ${fullTime(millis(row.first_time))}`}>
        <span data-many={row.count > 1 || undefined}>{count(row.count)}</span>
      </span>
    </div>
  )
}

const LastSeen = memo(function LastSeen({ row, now }: { row: AlertRow; now: number }) {
  const ms = millis(row.last_time)
  const { day, clock } = shortTime(ms, now)
  return (
    <time dateTime={row.last_seen} title={fullTime(ms)}>
      {clock}
      {day && <span className={styles.day}>{day}</span>}
    </time>
  )
})

/** The pod's name where one is known, with the address; else the address. */
function End({ end }: { end: Endpoint }) {
  const where = address(end)
  if (!end.name) return <span className={styles.address}>{where}</span>
  return (
    <span className={styles.end}>
      <span className={styles.pod} title={end.namespace && `${end.namespace}/${end.name}`}>
        {end.name}
      </span>
      <span className={styles.under}>{where}</span>
    </span>
  )
}
