// A rule's references as addresses to open. Only http(s) addresses are ever made; anything else stays text.

export interface Reference {
  text: string
  href: string | null
}

/** `reference`: "system,id" as in the rule (Snort manual, `reference`). */
export function referenceOf(reference: string): Reference {
  const comma = reference.indexOf(',')
  const system = reference.slice(0, comma).trim().toLowerCase()
  const id = reference.slice(comma + 1).trim()
  if (comma < 0 || id === '') return { text: reference, href: null }
  return { text: label(system, id), href: addressOf(system, id) }
}

function label(system: string, id: string): string {
  if (system === 'url') return id
  return system === 'cve' ? cveId(id) : `${system} ${id}`
}

function addressOf(system: string, id: string): string | null {
  if (system === 'cve') return /^\d{4}-\d{4,}$/.test(cveId(id).slice(4)) ? `https://www.cve.org/CVERecord?id=${cveId(id)}` : null
  if (system !== 'url') return null
  const address = /^https?:\/\//i.test(id) ? id : `http://${id}`
  return URL.canParse(address) ? new URL(address).href : null
}

function cveId(id: string): string {
  return `CVE-${id.replace(/^cve-/i, '')}`
}
