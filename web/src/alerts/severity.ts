// Severity is 0 to 100; people think in four words. The manager gives 100, 70, 40 and 10 for the rule priorities 1, 2, 3 and below.

export type SeverityName = 'critical' | 'high' | 'medium' | 'low'

export interface SeverityBand {
  name: SeverityName
  word: string
  from: number
}

export const BANDS: readonly SeverityBand[] = [
  { name: 'critical', word: 'Critical', from: 90 },
  { name: 'high', word: 'High', from: 70 },
  { name: 'medium', word: 'Medium', from: 40 },
  { name: 'low', word: 'Low', from: 0 },
]

const LOWEST: SeverityBand = { name: 'low', word: 'Low', from: 0 }

export function bandOf(severity: number): SeverityBand {
  return BANDS.find((band) => severity >= band.from) ?? LOWEST
}
