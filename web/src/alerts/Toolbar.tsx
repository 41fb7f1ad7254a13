// Search, severity, inbox or dismissed: all of it lives in the address.
import { Toggle } from '@base-ui/react/toggle'
import { ToggleGroup } from '@base-ui/react/toggle-group'
import type { RefObject } from 'react'
import type { AlertFilter } from '../api/alerts'
import { isQueryMistake } from '../api/failure'
import controls from '../app/controls.module.css'
import { ExportMenu } from './ExportMenu'
import { count } from './format'
import { QueryBox } from './QueryBox'
import type { AlertSearch } from './search'
import styles from './Toolbar.module.css'
import type { Inbox } from './useInbox'

interface ToolbarProps {
  filter: AlertFilter
  inbox: Inbox
  queryField: RefObject<HTMLInputElement | null>
  onChange: (patch: Partial<AlertSearch>) => void
  onLeave: () => void
}

const SEVERITIES: readonly (readonly [from: number, label: string])[] = [
  [0, 'All'],
  [40, 'Medium +'],
  [70, 'High +'],
  [90, 'Critical'],
]

export function Toolbar({ filter, inbox, queryField, onChange, onLeave }: ToolbarProps) {
  const { error } = inbox.list
  return (
    <search className={styles.toolbar} aria-label="Filter the alerts">
      <QueryBox
        value={filter.query}
        mistake={isQueryMistake(error) ? error : null}
        field={queryField}
        onQuery={(query) => onChange({ query: query || undefined })}
        onLeave={onLeave}
      />
      <Choice
        label="Least severity"
        value={String(filter.severityMin)}
        options={SEVERITIES.map(([from, word]) => [String(from), word])}
        onValue={(value) => onChange({ severity_min: Number(value) || undefined })}
      />
      <Choice
        label="Show"
        value={filter.dismissed ? 'dismissed' : 'inbox'}
        options={[
          ['inbox', 'Inbox'],
          ['dismissed', 'Dismissed'],
        ]}
        onValue={(value) => onChange({ dismissed: value === 'dismissed' || undefined, alert: undefined, event: undefined })}
      />
      <ExportMenu filter={filter} />
      <Summary inbox={inbox} />
    </search>
  )
}

function Summary({ inbox }: { inbox: Inbox }) {
  const { connection, total, capped, loaded } = inbox
  const live = connection.state === 'live' && !inbox.seesNothing
  return (
    <div className={styles.summary}>
      {loaded && (
        <span>
          {count(total)}
          {capped && '+'} {total === 1 ? 'alert' : 'alerts'}
        </span>
      )}
      <span className={styles.live} data-live={live || undefined} title={live ? 'New alerts appear by themselves' : 'Not connected'}>
        <span className={styles.dot} aria-hidden="true" />
        {live ? 'Live' : inbox.seesNothing ? 'No rights' : connection.state === 'lost' ? 'Offline' : 'Connecting'}
      </span>
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string
  options: readonly (readonly [value: string, label: string])[]
  onValue: (value: string) => void
}

function Choice({ label, value, options, onValue }: ChoiceProps) {
  return (
    <ToggleGroup
      className={controls.segments}
      aria-label={label}
      value={[value]}
      // Pressing the one that is pressed would leave none.
      onValueChange={([next]) => next !== undefined && onValue(next)}
    >
      {options.map(([option, word]) => (
        <Toggle key={option} value={option} className={controls.segment}>
          {word}
        </Toggle>
      ))}
    </ToggleGroup>
  )
}
