// What stands in the list's place while it has no rows: loading, failed, nothing found, nothing yet.
import type { AlertFilter } from '../api/alerts'
import { isQueryMistake } from '../api/failure'
import { Notice } from '../app/Notice'
import { CopyButton } from './CopyButton'
import styles from './ListState.module.css'
import { type AlertSearch, isNarrowed } from './search'
import type { Inbox } from './useInbox'

interface ListStateProps {
  inbox: Inbox
  filter: AlertFilter
  onChange: (patch: Partial<AlertSearch>) => void
}

export function ListState({ inbox, filter, onChange }: ListStateProps) {
  const { error, isPending } = inbox.list
  if (error && !isQueryMistake(error)) {
    return (
      <Notice
        kind="error"
        title="The alerts could not be read"
        error={error}
        action={{ label: 'Try now', run: () => void inbox.list.refetch() }}
      />
    )
  }
  if (isPending && !inbox.loaded) return <Skeleton />
  if (inbox.seesNothing) return <Blind ask={inbox.reload} />
  const clear = () => onChange({ query: undefined, severity_min: undefined })
  if (error) {
    return (
      <Notice kind="calm" title="Nothing was searched for" action={{ label: 'Clear the filters', run: clear }}>
        <p className={styles.muted}>The search cannot be read: what is wrong stands under it.</p>
      </Notice>
    )
  }
  if (isNarrowed(filter)) {
    return (
      <Notice kind="calm" title="No alert matches" action={{ label: 'Clear the filters', run: clear }}>
        <p className={styles.muted}>
          {filter.dismissed ? 'Only dismissed alerts were searched.' : 'Dismissed alerts were left out.'} New ones that match appear here by
          themselves.
        </p>
      </Notice>
    )
  }
  if (filter.dismissed) {
    return (
      <Notice kind="calm" title="Nothing is dismissed" action={{ label: 'To the inbox', run: () => onChange({ dismissed: undefined }) }}>
        <p className={styles.muted}>
          Press <kbd>d</kbd> on an alert that needs no more attention. It is kept, and can be restored from here.
        </p>
      </Notice>
    )
  }
  return <Quiet live={inbox.connection.state === 'live'} />
}

/** No right in any namespace: "no alerts yet" would be a promise that nobody keeps. */
function Blind({ ask }: { ask: () => void }) {
  return (
    <Notice kind="calm" title="You may see no namespace" action={{ label: 'Ask again', run: ask }}>
      <p className={styles.muted}>
        There may be alerts, but none that you may read. Ask who runs the cluster to bind you to the ClusterRole <code>podlynx-viewer</code>
        , in a namespace or in all: then alerts appear here by themselves, half a minute later at most.
      </p>
    </Notice>
  )
}

const TRY = "curl http://ADDRESS:PORT/secid_canceltoken.cgi -H 'X-CMD: Test' -H 'X-KEY: Test' -X POST"

function Quiet({ live }: { live: boolean }) {
  return (
    <Notice kind="calm" title="No alerts yet">
      <p className={styles.muted}>
        {live ? 'Connected and watching.' : 'Connecting.'} An alert appears here the moment a rule fires; there is no need to reload.
      </p>
      <div className={styles.try}>
        <p>To see one, send a harmless request that a rule knows to something that is monitored:</p>
        <div className={styles.command}>
          <code>{TRY}</code>
          <CopyButton text={TRY} label="Copy the command" />
        </div>
        <p className={styles.muted}>
          It raises 1:57461 of the community rules, or 1:3000030 of the starter rules. <code>podlynx demo</code> prints the address of its
          web shop; on Kubernetes, take that of a Service whose pods are selected.
        </p>
      </div>
    </Notice>
  )
}

const SKELETON_ROWS = Array.from({ length: 9 }, (_, row) => row)

function Skeleton() {
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading the alerts">
      {SKELETON_ROWS.map((row) => (
        <div key={row} className={styles.bone}>
          <span />
          <span />
          <span />
        </div>
      ))}
    </div>
  )
}
