import { describe, expect, it } from 'vitest'
import { runsOf } from './hexRows'

describe('runsOf', () => {
  it('cuts a line where marks begin and end, also where they overlap', () => {
    const marks = [
      { start: 2, end: 6, match: 0 },
      { start: 4, end: 20, match: 1 },
    ]
    const runs = runsOf(0, 8, marks, []).map((run) => [run.start, run.end, run.matches])
    expect(runs).toEqual([
      [0, 2, []],
      [2, 4, [0]],
      [4, 6, [0, 1]],
      [6, 8, [1]],
    ])
  })

  it('tells headers from what the packet carries', () => {
    const layers = [
      { name: 'Ethernet', start: 0, end: 3 },
      { name: 'Payload', start: 3, end: 8 },
    ]
    expect(runsOf(0, 8, [], layers).map((run) => run.header)).toEqual([true, false])
  })
})
