import { Dialog } from '@base-ui/react/dialog'
import controls from './controls.module.css'
import { Icon } from './Icon'
import styles from './KeyHelp.module.css'

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['j', '↓'], 'Next alert'],
  [['k', '↑'], 'Previous alert'],
  [['Enter'], 'Open the alert'],
  [['Esc'], 'Close the alert, leave the search'],
  [['d'], 'Dismiss, or restore a dismissed alert'],
  [['z'], 'Undo the last dismissal'],
  [['/'], 'Search'],
  [['g'], 'To the newest alert'],
  [['?'], 'This help'],
]

const QUERIES: readonly (readonly [query: string, finds: string])[] = [
  ['log4j', 'alerts that hold the word anywhere'],
  ['sid:57461', 'one rule'],
  ['ip:10.0.0.7', 'an address at either end'],
  ['severity:>=70', 'a range'],
  ['time:>now-1h', 'the last hour'],
  ['ns:shop dpi:frontend', 'namespace of either end, and the resource that asked'],
  ['pod:frontend* NOT protocol:udp', 'both conditions; * stands for anything'],
]

export function KeyHelp({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup}>
          <div className={styles.head}>
            <Dialog.Title className={styles.title}>Keys and queries</Dialog.Title>
            <Dialog.Close className={`${controls.button} ${controls.quiet} ${controls.icon}`} aria-label="Close help">
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <h3 className={styles.subtitle}>Keys</h3>
          <dl className={styles.list}>
            {KEYS.map(([keys, does]) => (
              <div key={does}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <h3 className={styles.subtitle}>Queries</h3>
          <dl className={styles.list}>
            {QUERIES.map(([query, finds]) => (
              <div key={query}>
                <dt>
                  <code>{query}</code>
                </dt>
                <dd>{finds}</dd>
              </div>
            ))}
          </dl>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
