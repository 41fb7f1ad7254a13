import { ApiFailure } from '../api/failure'
import controls from '../app/controls.module.css'
import { Icon } from '../app/Icon'
import styles from './UndoBar.module.css'
import type { Dismissal } from './useDismissal'

export function UndoBar({ dismissal }: { dismissal: Dismissal }) {
  const { last, error, undo, clear } = dismissal
  if (error) {
    const text = error instanceof ApiFailure ? `${error.message} ${error.hint}` : String(error)
    return (
      <div className={styles.bar} role="alert">
        <span className={styles.text}>It was not changed: {text}</span>
        <button type="button" className={controls.button} onClick={clear}>
          Close
        </button>
      </div>
    )
  }
  if (!last) return null
  return (
    <div className={styles.bar}>
      <Icon name={last.did === 'dismiss' ? 'archive' : 'restore'} />
      <span className={styles.text}>
        {last.did === 'dismiss' ? 'Dismissed' : 'Restored'}: {last.row.rule.msg}
      </span>
      <button type="button" className={controls.button} onClick={undo}>
        Undo <kbd>z</kbd>
      </button>
    </div>
  )
}
