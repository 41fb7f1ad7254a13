import { describe, expect, it } from 'vitest'
import { filterOf, QUERY_CAP, readSearch } from './search'

describe('the address', () => {
  it.each([
    [
      { query: 'sid:1', severity_min: '70', dismissed: 'true' },
      { query: 'sid:1', severityMin: 70, dismissed: true },
    ],
    [{ excepted: 'true' }, { query: '', severityMin: 0, dismissed: false, excepted: true }],
    [
      { query: '   ', severity_min: '0', dismissed: 'false' },
      { query: '', severityMin: 0, dismissed: false },
    ],
    [{ severity_min: '101' }, { query: '', severityMin: 0, dismissed: false }],
    [
      { severity_min: 'high', dismissed: 'yes' },
      { query: '', severityMin: 0, dismissed: false },
    ],
    [
      { query: { nested: 1 }, severity_min: '1.5' },
      { query: '', severityMin: 0, dismissed: false },
    ],
  ])('%j means %j', (raw, filter) => {
    expect(filterOf(readSearch(raw))).toEqual(filter)
  })

  it('cuts a query that is longer than the manager takes', () => {
    expect(readSearch({ query: 'x'.repeat(QUERY_CAP + 5) }).query).toHaveLength(QUERY_CAP)
  })

  it('keeps the open alert', () => {
    expect(readSearch({ alert: 'g1', event: 'e1', other: 'x' })).toEqual({ alert: 'g1', event: 'e1' })
  })
})
