// The search field. A query that the manager cannot read is shown again beneath, with the offending part marked.
import { type KeyboardEvent, type RefObject, useEffect, useId, useRef, useState } from 'react'
import type { ApiFailure } from '../api/failure'
import { Icon } from '../app/Icon'
import styles from './QueryBox.module.css'
import { optionId, Suggestions } from './query/Suggestions'
import { useCompletion } from './query/useCompletion'
import { QUERY_CAP } from './search'

const TYPING_MS = 350

interface QueryBoxProps {
  value: string
  mistake: ApiFailure | null
  field: RefObject<HTMLInputElement | null>
  onQuery: (query: string) => void
  /** Esc in an empty field: back to the list. */
  onLeave: () => void
}

export function QueryBox({ value, mistake, field, onQuery, onLeave }: QueryBoxProps) {
  const { draft, type, commit } = useDraft(value, onQuery)
  const [id, listId] = [useId(), useId()]
  const completing = useCompletion(type)
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (completing.onKey(event)) return
    if (event.key === 'Enter') {
      completing.close()
      commit(draft)
    }
    if (event.key !== 'Escape') return
    event.preventDefault()
    if (draft !== '') commit('')
    else {
      event.currentTarget.blur()
      onLeave()
    }
  }
  return (
    <div className={styles.box}>
      <div className={styles.row} data-invalid={mistake ? true : undefined}>
        <Icon name="search" size={14} />
        <input
          ref={field}
          className={styles.field}
          type="text"
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={completing.open !== null}
          aria-controls={listId}
          aria-activedescendant={completing.active >= 0 ? optionId(listId, completing.active) : undefined}
          inputMode="search"
          aria-label="Search the alerts"
          placeholder="Search: words, sid:57461, ip:10.0.0.7, pod:frontend*"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          maxLength={QUERY_CAP}
          value={draft}
          aria-invalid={mistake ? true : undefined}
          aria-describedby={mistake ? id : undefined}
          onChange={(event) => {
            type(event.target.value)
            completing.look(event.target)
          }}
          onBlur={completing.close}
          onKeyDown={onKeyDown}
        />
        {draft !== '' ? (
          <button type="button" className={styles.clear} aria-label="Clear the search" onClick={() => commit('')}>
            <Icon name="close" size={12} />
          </button>
        ) : (
          <kbd>/</kbd>
        )}
      </div>
      <Suggestions id={listId} completing={completing} onTake={(name) => completing.take(field.current, name)} />
      {mistake && <Mistake id={id} query={value} mistake={mistake} />}
    </div>
  )
}

function Mistake({ id, query, mistake }: { id: string; query: string; mistake: ApiFailure }) {
  const [start, end] = mistake.span ?? [0, 0]
  // The manager counts characters; a string here counts an emoji twice.
  const letters = [...query]
  return (
    <div id={id} className={styles.mistake} role="alert">
      {mistake.span && (
        <code className={styles.query}>
          {letters.slice(0, start).join('')}
          <mark>{letters.slice(start, Math.max(end, start + 1)).join('') || ' '}</mark>
          {letters.slice(Math.max(end, start + 1)).join('')}
        </code>
      )}
      <span>{mistake.message}</span> {mistake.hint && <span className={styles.hint}>{mistake.hint}</span>}
    </div>
  )
}

/** What is being typed; it becomes the query after a pause, or at once with Enter. */
function useDraft(value: string, onQuery: (query: string) => void) {
  const [draft, setDraft] = useState(value)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const latest = useRef(onQuery)
  latest.current = onQuery
  // Going back in the history changes the query from outside.
  useEffect(() => setDraft((current) => (current.trim() === value ? current : value)), [value])
  useEffect(() => () => clearTimeout(timer.current), [])
  const commit = (text: string) => {
    clearTimeout(timer.current)
    setDraft(text)
    latest.current(text.trim())
  }
  const type = (text: string) => {
    setDraft(text)
    clearTimeout(timer.current)
    // A field that waits for its value is not done: to search for it would only bring an error.
    if (!/:\s*$/.test(text)) timer.current = setTimeout(() => latest.current(text.trim()), TYPING_MS)
  }
  return { draft, type, commit }
}
