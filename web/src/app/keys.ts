// Keys that act on the whole page. They keep quiet while someone types, and while a dialog is open.
import { useEffect, useRef } from 'react'
import { tinykeys } from 'tinykeys'

export type KeyActions = Record<string, (event: KeyboardEvent) => void>

export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions)
  latest.current = actions
  const names = Object.keys(actions).join(' ')
  useEffect(() => {
    const bindings = names.split(' ').map((name) => [name, (event: KeyboardEvent) => run(latest.current[name], event)])
    return tinykeys(window, Object.fromEntries(bindings))
  }, [names])
}

function run(action: KeyActions[string] | undefined, event: KeyboardEvent): void {
  if (!action || event.defaultPrevented || isTyping(event.target) || document.querySelector('[role="dialog"]')) return
  action(event)
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}
