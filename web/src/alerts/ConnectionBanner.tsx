// Shown only while the live stream is broken: what is seen may be old, and when the next attempt is.
import { useEffect, useState } from 'react'
import controls from '../app/controls.module.css'
import { Icon } from '../app/Icon'
import styles from './ConnectionBanner.module.css'
import type { Inbox } from './useInbox'

export function ConnectionBanner({ inbox }: { inbox: Inbox }) {
  const { connection } = inbox
  const seconds = useSecondsUntil(connection.state === 'lost' ? connection.retryAt : null)
  const [wasLost, setWasLost] = useState(false)
  useEffect(() => {
    if (connection.state === 'lost') setWasLost(true)
    if (connection.state === 'live') setWasLost(false)
  }, [connection.state])
  // The place is kept for the grid's rows; a first connection is no news.
  if (!wasLost || connection.state === 'live') return <div />
  const trying = connection.state === 'connecting'
  return (
    <div className={styles.banner} role="status">
      <Icon name="warning" />
      <span className={styles.text}>
        <strong>Connection lost.</strong> New alerts are not shown until it is back; none is missed.
      </span>
      {/* The countdown is not for the live region: it would speak every second. */}
      <span className={styles.countdown} aria-hidden="true">
        {trying ? 'Trying…' : `Next try in ${seconds} s`}
      </span>
      <button type="button" className={controls.button} onClick={connection.retryNow} disabled={trying}>
        Try now
      </button>
    </div>
  )
}

function useSecondsUntil(time: number | null): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (time === null) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [time])
  return time === null ? 0 : Math.max(0, Math.ceil((time - now) / 1000))
}
