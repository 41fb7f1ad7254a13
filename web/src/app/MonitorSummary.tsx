// One line about the sensors: what they watch, with how many rules, and whether they lose packets.
import { useQuery } from '@tanstack/react-query'
import { statusOptions } from '../api/status'
import type { Status } from '../api/types'
import { Icon } from './Icon'
import styles from './MonitorSummary.module.css'

const number = new Intl.NumberFormat('en')

export function MonitorSummary() {
  const { data } = useQuery(statusOptions)
  if (!data) return <div className={styles.summary} />
  const { watched, packets, dropped } = totals(data)
  return (
    <section className={styles.summary} aria-label="Monitoring">
      <span className={styles.item}>
        <Icon name="signal" size={14} />
        <span className={styles.strong}>{watched}</span>
      </span>
      <span className={`${styles.item} ${styles.wide}`}>{number.format(packets)} packets</span>
      {dropped > 0 && (
        <span className={`${styles.item} ${styles.dropped}`} title="Packets the kernel had no room for: they were not inspected.">
          <Icon name="warning" size={14} />
          {number.format(dropped)} dropped
        </span>
      )}
      <span className={`${styles.item} ${styles.wide}`} title={data.rules.source}>
        {number.format(data.rules.loaded)} rules
        {data.rules.refused > 0 && <span className={styles.dropped}>, {number.format(data.rules.refused)} refused</span>}
      </span>
    </section>
  )
}

function totals({ monitors }: Status) {
  const [first] = monitors
  return {
    watched:
      monitors.length === 0
        ? 'No monitor'
        : monitors.length === 1
          ? `Monitoring ${first?.name}`
          : `${number.format(monitors.length)} monitors`,
    packets: monitors.reduce((sum, monitor) => sum + monitor.packets, 0),
    dropped: monitors.reduce((sum, monitor) => sum + monitor.dropped, 0),
  }
}
