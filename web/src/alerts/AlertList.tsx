// The rows, as many as fit: a grid that is drawn only where it is looked at, and never moves under the reader.
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { type Ref, type RefObject, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'react'
import type { AlertRow } from '../api/types'
import controls from '../app/controls.module.css'
import { Icon } from '../app/Icon'
import { AlertItem } from './AlertItem'
import styles from './AlertList.module.css'
import { count } from './format'
import { FRESH_MS } from './inbox'
import type { Inbox } from './useInbox'

export interface AlertListHandle {
  focusRow(id: string | null): void
  toTop(): void
}

interface AlertListProps {
  ref: Ref<AlertListHandle>
  inbox: Inbox
  cursorId: string | null
  openId: string | null
  onCursor: (id: string) => void
  onOpen: (row: AlertRow) => void
  onScrolledDown: (down: boolean) => void
}

/** How much a row shows side by side; the width of the list decides, not that of the window. */
export type Layout = 'wide' | 'narrow' | 'card'

const ROW_HEIGHT: Record<Layout, number> = { wide: 52, narrow: 52, card: 92 }
const END_ROWS = 12

export function AlertList({ ref, inbox, cursorId, openId, onCursor, onOpen, onScrolledDown }: AlertListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const layout = useLayout(scroller)
  const { rows } = inbox
  const cursor = rows.findIndex((row) => row.id === cursorId)
  const tabStop = Math.max(cursor, 0)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT[layout],
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 8,
    // The row that Tab reaches must exist even when it is scrolled out of sight.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), tabStop])].filter((index) => index < rows.length).sort((a, b) => a - b),
  })
  const items = virtual.getVirtualItems()
  // biome-ignore lint/correctness/useExhaustiveDependencies: another layout has other heights
  useLayoutEffect(() => virtual.measure(), [layout])
  useMorePages(inbox, items.at(-1)?.index ?? 0)

  const focusRow = (id: string | null) => {
    const index = rows.findIndex((row) => row.id === id)
    if (index >= 0) virtual.scrollToIndex(index, { align: 'auto' })
    // The row is drawn in the next frame.
    requestAnimationFrame(() => {
      const row = scroller.current?.querySelector<HTMLElement>(index < 0 ? '[tabindex="0"][role="row"]' : `[data-index="${index}"]`)
      row?.focus({ preventScroll: true })
    })
  }
  const toTop = () => {
    inbox.release()
    scroller.current?.scrollTo({ top: 0 })
  }
  useImperativeHandle(ref, () => ({ focusRow, toTop }))

  const now = Date.now()
  return (
    <div className={styles.frame}>
      <NewRows inbox={inbox} onShow={toTop} />
      {/* Roles, not a table element: a table cannot draw only the rows in sight. */}
      <div
        ref={scroller}
        className={styles.scroller}
        data-layout={layout}
        role="grid"
        aria-label="Alerts, newest first"
        aria-rowcount={rows.length + 1}
        tabIndex={-1}
        onScroll={(event) => onScrolledDown(event.currentTarget.scrollTop > ROW_HEIGHT[layout] / 2)}
      >
        <Header layout={layout} />
        <div role="rowgroup" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start, size }) => {
            const row = rows[index]
            const arrived = row && inbox.arrivedAt.get(row.id)
            return (
              row && (
                <AlertItem
                  key={row.id}
                  row={row}
                  index={index}
                  top={start}
                  height={size}
                  now={now}
                  tabStop={index === tabStop}
                  selected={row.id === openId}
                  fresh={arrived !== undefined && now - arrived < FRESH_MS}
                  onFocus={onCursor}
                  onOpen={onOpen}
                />
              )
            )
          })}
        </div>
        {inbox.atCap && <p className={styles.end}>These are the newest {count(rows.length)}. Narrow the search to see older ones.</p>}
      </div>
    </div>
  )
}

function Header({ layout }: { layout: Layout }) {
  return (
    <div className={styles.header} role="row" aria-rowindex={1} tabIndex={-1}>
      <span role="columnheader">Severity</span>
      <span role="columnheader">Last seen</span>
      <span role="columnheader">Alert</span>
      <span role="columnheader">{layout === 'wide' ? 'Source' : 'Source → destination'}</span>
      <span role="columnheader" className={layout === 'wide' ? undefined : 'spoken'}>
        Destination
      </span>
      <span role="columnheader" className={styles.right}>
        Count
      </span>
    </div>
  )
}

function NewRows({ inbox, onShow }: { inbox: Inbox; onShow: () => void }) {
  const { heldCount, newMatches } = inbox
  if (heldCount === 0 && !newMatches) return null
  return (
    <button type="button" className={`${controls.button} ${controls.primary} ${styles.new}`} onClick={onShow}>
      <Icon name="up" size={14} />
      {newMatches ? 'New alerts' : `${count(heldCount)} new`}
    </button>
  )
}

/** Asks for the next page when the last rows come into sight. */
function useMorePages(inbox: Inbox, lastIndex: number): void {
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = inbox.list
  const near = lastIndex >= inbox.rows.length - END_ROWS
  useEffect(() => {
    if (near && hasNextPage && !isFetchingNextPage && !inbox.atCap) void fetchNextPage()
  }, [near, hasNextPage, isFetchingNextPage, inbox.atCap, fetchNextPage])
}

function useLayout(element: RefObject<HTMLElement | null>): Layout {
  const [layout, setLayout] = useState<Layout>('wide')
  useLayoutEffect(() => {
    const measure = () => setLayout(layoutFor(element.current?.clientWidth ?? 0))
    measure()
    const observer = new ResizeObserver(measure)
    if (element.current) observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return layout
}

function layoutFor(width: number): Layout {
  if (width === 0 || width >= 1000) return 'wide'
  return width >= 620 ? 'narrow' : 'card'
}
