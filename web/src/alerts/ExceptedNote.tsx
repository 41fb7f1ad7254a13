// Says how many alerts exceptions hide, and shows them on demand: nothing is silently gone.
import controls from '../app/controls.module.css'
import styles from './ExceptedNote.module.css'

interface ExceptedNoteProps {
  hidden: number
  shown: boolean
  onChange: (patch: { excepted?: boolean }) => void
}

export function ExceptedNote({ hidden, shown, onChange }: ExceptedNoteProps) {
  if (!shown && hidden === 0) return null
  const count = hidden.toLocaleString('en-US')
  const said = shown
    ? 'Alerts that exceptions hide are shown too.'
    : `${count} ${hidden === 1 ? 'alert is' : 'alerts are'} hidden by exceptions.`
  return (
    <div className={styles.note} role="status">
      <span>{said}</span>
      <button
        type="button"
        className={`${controls.button} ${controls.quiet}`}
        onClick={() => onChange({ excepted: shown ? undefined : true })}
      >
        {shown ? 'Hide them' : 'Show them'}
      </button>
    </div>
  )
}
