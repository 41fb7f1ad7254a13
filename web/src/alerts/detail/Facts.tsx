// Names and values, two by two.
import type { ReactNode } from 'react'
import styles from './Facts.module.css'

export type Fact = readonly [name: string, value: ReactNode]

/** Facts without a value (null, undefined, empty) are left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
