import type { AlertDetail, AlertRow } from '../../api/types'
import { count, fullTime, millis, ruleId } from '../format'
import { Severity } from '../Severity'
import styles from './Title.module.css'

/** What happened, how bad, when, how often. */
export function Title({ detail, row }: { detail: AlertDetail; row: AlertRow | undefined }) {
  const { podlynx: event } = detail
  const times = row?.count ?? detail.group_count
  return (
    <header className={styles.head}>
      <div className={styles.line}>
        <Severity value={detail.severity} />
        <span>{detail.description}</span>
        <code>{ruleId(event)}</code>
        {detail.dismissed && <span className={styles.dismissed}>Dismissed</span>}
      </div>
      <h2 className={styles.title}>{event.msg}</h2>
      <p className={styles.when}>
        {fullTime(event.time / 1e6)}
        {times > 1 && `. Seen ${count(times)} times, first ${fullTime(millis(row?.first_time ?? detail.first_time))}`}
      </p>
    </header>
  )
}
