// Whether the overview is open, kept in the browser.
const KEY = 'podlynx.overview'

export function isShown(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'closed'
  } catch {
    return true
  }
}

export function keepShown(shown: boolean): void {
  try {
    localStorage.setItem(KEY, shown ? 'open' : 'closed')
  } catch {
    // A browser that keeps nothing shows it again next time.
  }
}
