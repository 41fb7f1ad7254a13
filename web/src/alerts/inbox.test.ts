import { describe, expect, it } from 'vitest'
import { alertPage, alertRow } from '../testing/rows'
import { belongs, LIVE_CAP, type Live, type LiveAction, NOTHING_LIVE, reduceLive, rowsOf, totalOf } from './inbox'

const pagesOf = (...ids: string[]) => ({ pages: [alertPage(ids.map((id) => alertRow({ id })))], pageParams: [null] })
const at = (id: string, seconds: number, change = {}) => alertRow({ id, last_time: `${1764000000 + seconds}000000000`, ...change })
const play = (...actions: LiveAction[]): Live => actions.reduce(reduceLive, NOTHING_LIVE)
const arrive = (rows: ReturnType<typeof alertRow>[], hold = false): LiveAction => ({ do: 'arrive', rows, hold, now: 0 })
const ids = (rows: { id: string }[]) => rows.map((row) => row.id)

describe('the inbox', () => {
  it('puts arrivals on top, the newest first', () => {
    const live = play(arrive([at('n1', 1), at('n2', 2)]), arrive([at('n3', 3)]))
    expect(ids(rowsOf(pagesOf('a', 'b'), live))).toEqual(['n3', 'n2', 'n1', 'a', 'b'])
  })

  it('lifts a group that happens again, instead of showing it twice', () => {
    const rows = rowsOf(pagesOf('a', 'b'), play(arrive([at('b', 1, { count: 2 })])))
    expect(ids(rows)).toEqual(['b', 'a'])
    expect(rows[0]?.count).toBe(2)
  })

  it('moves nothing while the reader is further down, but keeps counts right', () => {
    const rows = rowsOf(pagesOf('a', 'b'), play(arrive([at('n', 1), at('b', 2, { count: 7 })], true)))
    expect(ids(rows)).toEqual(['a', 'b'])
    expect(rows[1]?.count).toBe(7)
  })

  it('shows what was held back once the reader asks', () => {
    const live = play(arrive([at('n', 1)], true), { do: 'release', now: 5 })
    expect(live.held.size).toBe(0)
    expect(ids(rowsOf(pagesOf('a'), live))).toEqual(['n', 'a'])
    expect(live.arrivedAt.get('n')).toBe(5)
  })

  it('lets a page that was read later have the last word', () => {
    const live = play(arrive([at('a', 1)]))
    const pages = { pages: [alertPage([at('b', 9), at('a', 5, { count: 3 })])], pageParams: [null] }
    expect(rowsOf(pages, live).map((row) => [row.id, row.count])).toEqual([
      ['b', 1],
      ['a', 3],
    ])
  })

  it('forgets a dismissed row', () => {
    expect(ids(rowsOf(pagesOf('a'), play(arrive([at('n', 1)]), { do: 'forget', id: 'n' })))).toEqual(['a'])
  })

  it('asks for a fresh list when more arrives than it keeps', () => {
    const flood = Array.from({ length: LIVE_CAP + 1 }, (_, index) => at(`n${index}`, index))
    expect(play(arrive(flood))).toMatchObject({ overflowed: true, shown: new Map() })
  })

  it('counts what the pages count, and what came since', () => {
    const pages = { pages: [alertPage([alertRow({ id: 'a' })], { total: 120 })], pageParams: [null] }
    const rows = rowsOf(pages, play(arrive([at('n', 1), at('a', 2)])))
    expect(totalOf(pages, rows)).toEqual({ total: 121, capped: false })
  })

  it.each([
    [{ query: '', severityMin: 70, dismissed: false }, { severity: 40 }, false],
    [{ query: '', severityMin: 70, dismissed: false }, { severity: 70 }, true],
    [{ query: '', severityMin: 0, dismissed: false }, { dismissed: true }, false],
    [{ query: '', severityMin: 0, dismissed: true }, { dismissed: true }, true],
  ])('knows whether a row belongs: filter %j, row %j: %s', (filter, change, expected) => {
    expect(belongs(filter, alertRow(change))).toBe(expected)
  })
})
