// Where the browser is: the distribution's Chromium, or the one that PODLYNX_CHROMIUM names.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

export function chromium(): string {
  const named = process.env.PODLYNX_CHROMIUM
  if (named) return named
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
  if (!found) throw new Error('No Chromium was found: install the package chromium, or name a browser in PODLYNX_CHROMIUM.')
  return found
}

/** The sandbox needs user namespaces, which containers and root rarely have; these tests open our own page only. */
export const CHROMIUM_ARGUMENTS = ['--no-sandbox', '--disable-dev-shm-usage']

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
