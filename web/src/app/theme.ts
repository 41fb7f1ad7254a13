// Light, dark, or as the system has it; remembered in this browser only.

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'podlynx.theme'
const ORDER: readonly Theme[] = ['system', 'light', 'dark']

export function savedTheme(): Theme {
  const value = read()
  return ORDER.find((theme) => theme === value) ?? 'system'
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function saveTheme(theme: Theme): void {
  applyTheme(theme)
  try {
    localStorage.setItem(KEY, theme)
  } catch {
    // Storage can be forbidden; the choice then lasts as long as the page.
  }
}

export function nextTheme(theme: Theme): Theme {
  return ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length] ?? 'system'
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}
