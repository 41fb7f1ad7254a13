// Bytes laid out in lines, each line in runs of bytes that look alike.
import type { Mark } from './byteViews'
import type { Layer } from './layers'

export interface Run {
  start: number
  end: number
  /** Numbers of the matches that cover these bytes, the first one on top. */
  matches: number[]
  /** These bytes belong to a header, not to what the packet carries. */
  header: boolean
}

/** The runs of bytes `from` up to `to`. */
export function runsOf(from: number, to: number, marks: readonly Mark[], layers: readonly Layer[]): Run[] {
  const edges = new Set([from, to])
  for (const { start, end } of [...marks, ...layers]) {
    if (start > from && start < to) edges.add(start)
    if (end > from && end < to) edges.add(end)
  }
  const sorted = [...edges].sort((a, b) => a - b)
  return sorted.slice(0, -1).map((start, index) => ({
    start,
    end: sorted[index + 1] ?? to,
    matches: marks.filter((mark) => mark.start <= start && start < mark.end).map((mark) => mark.match),
    header: layers.some((layer) => layer.name !== 'Payload' && layer.start <= start && start < layer.end),
  }))
}
