// The Alerts page: an inbox of alike alerts that fills by itself, and beside it the reason for the one that is open.
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { AlertRow } from '../api/types'
import { useAnnounce } from '../app/announce'
import { useKeys } from '../app/keys'
import { AlertList, type AlertListHandle } from './AlertList'
import styles from './AlertsPage.module.css'
import { ConnectionBanner } from './ConnectionBanner'
import { DetailPanel } from './detail/DetailPanel'
import { ExceptedNote } from './ExceptedNote'
import { ListState } from './ListState'
import { Overview } from './overview/Overview'
import { type AlertSearch, filterOf } from './search'
import { Toolbar } from './Toolbar'
import { UndoBar } from './UndoBar'
import { useDismissal } from './useDismissal'
import { useInbox } from './useInbox'
import { useSpokenArrivals } from './useSpokenArrivals'

export function AlertsPage() {
  const search = useSearch({ from: '/' })
  const navigate = useNavigate({ from: '/' })
  const change = useCallback(
    (patch: Partial<AlertSearch>, replace = true) => void navigate({ search: (old) => ({ ...old, ...patch }), replace }),
    [navigate],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: the open alert is in the address too, and is no part of the filter
  const filter = useMemo(() => filterOf(search), [search.query, search.severity_min, search.dismissed, search.excepted])
  const [hold, setHold] = useState(false)
  const inbox = useInbox({ filter, hold, onArrival: useSpokenArrivals() })
  const dismissal = useDismissal(inbox)
  const list = useRef<AlertListHandle>(null)
  const queryField = useRef<HTMLInputElement>(null)
  const [cursorId, setCursorId] = useState<string | null>(search.alert ?? null)

  const isOpen = search.alert !== undefined && search.event !== undefined
  const openRow = isOpen ? inbox.rows.find((row) => row.id === search.alert) : undefined
  const cursorRow = inbox.rows.find((row) => row.id === cursorId)
  const announce = useAnnounce()

  const open = (row: AlertRow, replace = isOpen) => {
    setCursorId(row.id)
    change({ alert: row.id, event: row.event_id }, replace)
  }
  const close = () => {
    if (!isOpen) return
    change({ alert: undefined, event: undefined })
    list.current?.focusRow(search.alert ?? null)
  }
  const step = (by: 1 | -1) => {
    const at = inbox.rows.findIndex((row) => row.id === (isOpen ? search.alert : cursorId))
    const next = inbox.rows[at < 0 ? 0 : at + by]
    if (!next) return
    setCursorId(next.id)
    if (isOpen) open(next, true)
    else list.current?.focusRow(next.id)
  }
  const toggleDismissed = (row: AlertRow | undefined) => {
    if (!row) return
    const at = inbox.rows.findIndex((other) => other.id === row.id)
    const neighbour = inbox.rows[at + 1] ?? inbox.rows[at - 1]
    dismissal.toggle(row)
    announce(row.dismissed ? 'Restored' : 'Dismissed')
    setCursorId(neighbour?.id ?? null)
    if (!isOpen) list.current?.focusRow(neighbour?.id ?? null)
    else if (neighbour) open(neighbour, true)
    else close()
  }

  const down = (event: KeyboardEvent) => moveByArrow(event, () => step(1))
  const up = (event: KeyboardEvent) => moveByArrow(event, () => step(-1))
  const enter = (event: KeyboardEvent) => {
    if (cursorRow && !isOperable(event.target)) open(cursorRow)
  }
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: down,
    ArrowUp: up,
    Enter: enter,
    Escape: close,
    d: () => toggleDismissed(isOpen ? openRow : cursorRow),
    z: dismissal.undo,
    g: () => list.current?.toTop(),
    '/': (event) => focusSearch(event, queryField.current),
    'Shift+/': (event) => focusSearch(event, queryField.current),
  })
  useEffect(() => {
    document.title = 'Alerts · Podlynx'
  }, [])

  return (
    <div className={styles.page} data-open={isOpen || undefined}>
      <div className={styles.inbox}>
        <h1 className="spoken">Alerts</h1>
        <Toolbar filter={filter} inbox={inbox} queryField={queryField} onChange={change} onLeave={() => list.current?.focusRow(cursorId)} />
        <Overview filter={filter} onQuery={(query) => change({ query: query || undefined })} />
        <div>
          <ConnectionBanner inbox={inbox} />
          <ExceptedNote hidden={inbox.excepted} shown={filter.excepted ?? false} onChange={change} />
        </div>
        {inbox.rows.length > 0 ? (
          <AlertList
            ref={list}
            inbox={inbox}
            cursorId={cursorId}
            openId={isOpen ? (search.alert ?? null) : null}
            onCursor={setCursorId}
            onOpen={open}
            onScrolledDown={setHold}
          />
        ) : (
          <ListState inbox={inbox} filter={filter} onChange={change} />
        )}
        <UndoBar dismissal={dismissal} />
      </div>
      {isOpen && search.event && (
        <DetailPanel
          eventId={search.event}
          row={openRow}
          onClose={close}
          onStep={step}
          onLatest={() => openRow && open(openRow, true)}
          onToggleDismissed={() => toggleDismissed(openRow)}
        />
      )}
    </div>
  )
}

/** Arrow keys belong to whatever scrolls or chooses; they move through the list from the list and from nowhere. */
function moveByArrow(event: KeyboardEvent, step: () => void): void {
  const at = event.target
  if (at instanceof HTMLElement && at !== document.body && !at.closest('[role="grid"]') && at.id !== 'main') return
  event.preventDefault()
  step()
}

function isOperable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, [role="tab"]') !== null
}

function focusSearch(event: KeyboardEvent, field: HTMLInputElement | null): void {
  event.preventDefault()
  field?.focus()
  field?.select()
}
