// The most frequent values of a field, each a button that narrows the search to it.
import type { ValueCount } from '../../api/types'
import { count } from '../format'
import styles from './Overview.module.css'

interface TopValuesProps {
  title: string
  values: readonly ValueCount[]
  onPick: (value: string) => void
}

export function TopValues({ title, values, onPick }: TopValuesProps) {
  if (values.length === 0) return null
  return (
    <div className={styles.top}>
      <h2 className={styles.title}>{title}</h2>
      <ul aria-label={`Most frequent: ${title.toLowerCase()}`}>
        {values.map(({ value, count: number }) => (
          <li key={value}>
            <button type="button" className={styles.value} title={value} onClick={() => onPick(value)}>
              <span className={styles.name}>{value}</span>
              <span className={styles.number}>{count(number)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
