// The list under the search field. The field keeps the focus; the chosen entry is told to screen readers by its id.
import styles from './Suggestions.module.css'
import type { Completing } from './useCompletion'

interface SuggestionsProps {
  id: string
  completing: Completing
  onTake: (name: string) => void
}

export function Suggestions({ id, completing, onTake }: SuggestionsProps) {
  const { open, active } = completing
  if (!open) return null
  return (
    <div id={id} role="listbox" aria-label="Fields" className={styles.list}>
      {open.suggestions.map(({ name, help }, index) => (
        <div
          key={name}
          id={optionId(id, index)}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          className={styles.option}
          // Before the field loses the focus, which closes the list.
          onPointerDown={(event) => {
            event.preventDefault()
            onTake(name)
          }}
        >
          <code className={styles.name}>{name}:</code>
          <span className={styles.help}>{help}</span>
        </div>
      ))}
    </div>
  )
}

export function optionId(id: string, index: number): string {
  return `${id}-${index}`
}
