// Severity as a shape and a word, so that it does not hang on telling colours apart.
import styles from './Severity.module.css'
import { bandOf, type SeverityName } from './severity'

const SHAPES: Record<SeverityName, string> = {
  critical: 'M4.4 1h5.2L13 4.4v5.2L9.6 13H4.4L1 9.6V4.4z',
  high: 'M7 1.2 13.2 12.5H.8z',
  medium: 'M7 .8 13.2 7 7 13.2.8 7z',
  low: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2zm0 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6z',
}

export function Severity({ value }: { value: number }) {
  const band = bandOf(value)
  return (
    <span className={styles.severity} data-severity={band.name} title={`Severity ${value} of 100`}>
      <svg width="12" height="12" viewBox="0 0 14 14" aria-hidden="true" focusable="false">
        <path d={SHAPES[band.name]} fill="currentColor" />
      </svg>
      {band.word}
    </span>
  )
}
