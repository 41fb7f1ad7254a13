// Events over time. One stop for the Tab key; arrow keys go from bar to bar, as in a toolbar.
import { type KeyboardEvent, useRef, useState } from 'react'
import type { IntervalCount } from '../../api/types'
import { count } from '../format'
import styles from './Overview.module.css'

interface HistogramProps {
  times: readonly IntervalCount[]
  /** Seconds of an interval. */
  interval: number
  onPick: (start: number, end: number) => void
}

/** Percent of the height that the smallest bar has, so that one event among thousands is seen. */
const LEAST = 4

export function Histogram({ times, interval, onPick }: HistogramProps) {
  const most = Math.max(1, ...times.map((each) => each.count))
  const filled = times.filter((each) => each.count > 0)
  const [current, setCurrent] = useState<number | null>(null)
  const stop = filled.find((each) => each.start === current)?.start ?? filled.at(-1)?.start
  const bars = useRef(new Map<number, HTMLButtonElement>())
  const move = (event: KeyboardEvent, from: number) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -filled.length, End: filled.length }[event.key]
    if (by === undefined) return
    event.preventDefault()
    // The page's own keys move through the list.
    event.stopPropagation()
    const at = filled.findIndex((each) => each.start === from)
    const next = filled[Math.min(Math.max(at + by, 0), filled.length - 1)]
    if (!next) return
    setCurrent(next.start)
    bars.current.get(next.start)?.focus()
  }
  const [first, last] = [times[0], times.at(-1)]
  return (
    <>
      <div className={styles.bars} role="toolbar" aria-label="Events over time">
        {times.map(({ start, count: number }) =>
          number === 0 ? (
            <span key={start} className={styles.bar} />
          ) : (
            <button
              key={start}
              ref={(element) => void (element ? bars.current.set(start, element) : bars.current.delete(start))}
              type="button"
              className={styles.bar}
              tabIndex={start === stop ? 0 : -1}
              aria-label={labelOf(start, interval, number)}
              title={labelOf(start, interval, number)}
              onClick={() => onPick(start, start + interval)}
              onFocus={() => setCurrent(start)}
              onKeyDown={(event) => move(event, start)}
            >
              <span style={{ height: `${Math.max(LEAST, (number / most) * 100)}%` }} />
            </button>
          ),
        )}
      </div>
      {first && last && (
        <div className={styles.axis} aria-hidden="true">
          <span>{moment(first.start, interval)}</span>
          <span>{moment(last.start + interval, interval)}</span>
        </div>
      )}
    </>
  )
}

const DAY = 86_400
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const minute = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
const second = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' })

function moment(seconds: number, interval: number): string {
  return (interval >= DAY ? day : interval >= 60 ? minute : second).format(seconds * 1000)
}

function labelOf(start: number, interval: number, number: number): string {
  const events = `${count(number)} ${number === 1 ? 'event' : 'events'}`
  return `${events}, ${moment(start, interval)} to ${moment(start + interval, interval)}`
}
