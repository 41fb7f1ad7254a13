// Over the list: when what is listed happened, and what most of it is. A click narrows the search.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { AlertFilter } from '../../api/alerts'
import { countOptions } from '../../api/events'
import { Icon } from '../../app/Icon'
import { count } from '../format'
import { equals, hasTime, narrowed, within, withoutTime } from '../query/narrowing'
import { Histogram } from './Histogram'
import styles from './Overview.module.css'
import { isShown, keepShown } from './shown'
import { TopValues } from './TopValues'

const INTERVALS = 48
const TOP = 3

interface OverviewProps {
  filter: AlertFilter
  onQuery: (query: string) => void
}

export function Overview({ filter, onQuery }: OverviewProps) {
  const [shown, setShown] = useState(isShown)
  const toggle = () => {
    keepShown(!shown)
    setShown(!shown)
  }
  return (
    <section className={styles.overview} aria-label="Overview">
      <button type="button" className={styles.toggle} aria-expanded={shown} onClick={toggle}>
        <span className={styles.arrow} data-open={shown || undefined}>
          <Icon name="next" size={12} />
        </span>
        Overview
      </button>
      {shown && <Figures filter={filter} onQuery={onQuery} />}
    </section>
  )
}

function Figures({ filter, onQuery }: OverviewProps) {
  const rules = useQuery(countOptions(filter, { field: 'msg', top: TOP, intervals: INTERVALS }))
  const namespaces = useQuery(countOptions(filter, { field: 'namespace', top: TOP, intervals: 0 }))
  // What is wrong is told by the list beneath, which asked the same.
  if (!rules.data || rules.error) return null
  const { times, interval, total } = rules.data
  const narrowedByTime = hasTime(filter.query)
  if (total === 0 && !narrowedByTime) return null
  const add = (condition: string) => onQuery(narrowed(filter.query, condition))
  return (
    <>
      <div className={styles.time}>
        <div className={styles.head}>
          <span>
            {count(total)} {total === 1 ? 'event' : 'events'}
          </span>
          {narrowedByTime && (
            <button type="button" className={styles.link} onClick={() => onQuery(withoutTime(filter.query))}>
              All times
            </button>
          )}
        </div>
        {total > 0 && (
          <Histogram times={times} interval={interval ?? 1} onPick={(start, end) => onQuery(within(filter.query, start, end))} />
        )}
      </div>
      <TopValues title="Rules" values={rules.data.values} onPick={(value) => add(equals('msg', value))} />
      <TopValues title="Namespaces" values={namespaces.data?.values ?? []} onPick={(value) => add(equals('ns', value))} />
    </>
  )
}
