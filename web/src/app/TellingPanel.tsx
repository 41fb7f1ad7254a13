// Exceptions and webhooks as they stand: to look at only, since they are written as resources of the cluster.
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { exceptionsOptions, webhooksOptions } from '../api/telling'
import controls from './controls.module.css'
import { Icon } from './Icon'
import dialog from './KeyHelp.module.css'
import styles from './TellingPanel.module.css'

export function TellingPanel({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialog.backdrop} />
        <Dialog.Popup className={`${dialog.popup} ${styles.popup}`}>
          <div className={dialog.head}>
            <Dialog.Title className={dialog.title}>Exceptions and webhooks</Dialog.Title>
            <Dialog.Close className={`${controls.button} ${controls.quiet} ${controls.icon}`} aria-label="Close">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <Exceptions />
          <Webhooks />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Exceptions() {
  const { data, error } = useQuery(exceptionsOptions)
  return (
    <Section title="Hidden by exceptions" empty="No exception hides anything." error={error} count={data?.exceptions.length}>
      {data?.exceptions.map((each) => (
        <li key={each.name} className={styles.item}>
          <Head name={each.name} said={each.state} bad={each.state === 'Invalid' || each.state === 'TooMany'} />
          {each.description && <p>{each.description}</p>}
          {each.selector && <code className={styles.code}>{each.selector}</code>}
          <p className={styles.fine}>{each.message}</p>
        </li>
      ))}
    </Section>
  )
}

function Webhooks() {
  const { data, error } = useQuery(webhooksOptions)
  return (
    <Section title="Told by webhooks" empty="No webhook tells anybody." error={error} count={data?.webhooks.length}>
      {data?.webhooks.map((each) => (
        <li key={each.uid} className={styles.item}>
          <Head name={each.name} said={`${each.consumer}, ${each.reason || each.state}`} bad={each.healthy === false} />
          <p>
            {each.delivered} alerts told in {each.messages} messages{each.dead ? `, ${each.dead} given up` : ''}
          </p>
          {each.message && <p className={styles.fine}>{each.message}</p>}
          <ol className={styles.log}>
            {each.deliveries?.slice(0, 5).map((delivery) => (
              <li key={`${delivery.time} ${delivery.outcome} ${delivery.attempt}`}>
                <time dateTime={delivery.time}>{delivery.time.slice(0, 19).replace('T', ' ')}</time> {delivery.outcome}, {delivery.alerts}{' '}
                alerts
                {delivery.status ? `, ${delivery.status}` : ''}
              </li>
            ))}
          </ol>
        </li>
      ))}
    </Section>
  )
}

function Head({ name, said, bad }: { name: string; said: string; bad: boolean }) {
  return (
    <div className={styles.line}>
      <strong>{name}</strong>
      <span className={bad ? styles.bad : styles.fine}>{said}</span>
    </div>
  )
}

interface SectionProps {
  title: string
  empty: string
  error: Error | null
  count: number | undefined
  children: ReactNode
}

function Section({ title, empty, error, count, children }: SectionProps) {
  return (
    <section aria-label={title}>
      <h3 className={dialog.subtitle}>{title}</h3>
      {error ? <p className={styles.bad}>{error.message}</p> : count === 0 ? <p className={styles.fine}>{empty}</p> : <ul>{children}</ul>}
    </section>
  )
}
