// What the word before the caret may become: the name of a field. Pure, so that it can be tried without a page.
import FIELDS from './fields.json'

export interface Suggestion {
  /** The field by the name that was begun: `ns`, or `namespace`. */
  name: string
  help: string
}

export interface Completion {
  /** The word that is replaced: characters `start` up to, not including, `end`. */
  start: number
  end: number
  suggestions: readonly Suggestion[]
}

const MOST = 7
const WORD = /(?:^|[\s(-])([A-Za-z@_][A-Za-z0-9_.@]*)$/

/** Null where the caret is not behind the beginning of a field's name. */
export function completionAt(text: string, caret: number): Completion | null {
  const before = text.slice(0, caret)
  const word = WORD.exec(before)?.[1]
  if (!word || insideQuotes(before) || !/^(?:$|[\s)])/.test(text.slice(caret))) return null
  const suggestions = suggestionsFor(word.toLowerCase())
  return suggestions.length > 0 ? { start: caret - word.length, end: caret, suggestions } : null
}

/** The text with the word replaced, and where the caret stands then: behind the colon. */
export function completed(text: string, { start, end }: Completion, name: string): { text: string; caret: number } {
  return { text: `${text.slice(0, start)}${name}:${text.slice(end)}`, caret: start + name.length + 1 }
}

function suggestionsFor(begun: string): Suggestion[] {
  const found = FIELDS.flatMap(({ name, aliases, help }) => {
    const fitting = [name, ...aliases].find((each) => each.startsWith(begun))
    return fitting === undefined ? [] : [{ name: fitting, help }]
  })
  return found.slice(0, MOST)
}

function insideQuotes(text: string): boolean {
  return (text.replace(/\\./g, '').match(/"/g)?.length ?? 0) % 2 === 1
}
