// Which names of fields the search box offers, which of them is chosen, and the keys that choose. An ARIA combobox (ARIA 1.2, list
// autocomplete with manual selection): nothing is chosen until an arrow key chooses it, so that Enter searches for what was typed.
import { type KeyboardEvent, useState } from 'react'
import { type Completion, completed, completionAt } from './completion'

export interface Completing {
  open: Completion | null
  active: number
  /** Looks at the field again, after typing or moving the caret. */
  look: (field: HTMLInputElement) => void
  close: () => void
  take: (field: HTMLInputElement | null, name: string) => void
  /** True where the key was for the list. */
  onKey: (event: KeyboardEvent<HTMLInputElement>) => boolean
}

export function useCompletion(type: (text: string) => void): Completing {
  const [open, setOpen] = useState<Completion | null>(null)
  const [active, setActive] = useState(-1)
  const show = (completion: Completion | null) => {
    setOpen(completion)
    setActive(-1)
  }
  const take = (field: HTMLInputElement | null, name: string) => {
    if (!field || !open) return
    const { text, caret } = completed(field.value, open, name)
    type(text)
    show(null)
    field.focus()
    // The caret is set once the new text stands in the field.
    requestAnimationFrame(() => field.setSelectionRange(caret, caret))
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>): boolean => {
    if (!open) return false
    const { suggestions } = open
    const chosen = suggestions[active]
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setActive((active + step + suggestions.length + (active < 0 && step < 0 ? 1 : 0)) % suggestions.length)
    else if (event.key === 'Escape') show(null)
    else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) take(event.currentTarget, chosen.name)
    else return false
    event.preventDefault()
    return true
  }
  return {
    open,
    active,
    look: (field) => show(field.selectionStart === field.selectionEnd ? completionAt(field.value, field.selectionStart ?? 0) : null),
    close: () => show(null),
    take,
    onKey,
  }
}
