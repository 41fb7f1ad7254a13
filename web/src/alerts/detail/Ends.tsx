// Who stood behind either address when the packet went by, and which monitored pods saw it.
import type { AlertDetail, EndpointDetail, Observer } from '../../api/types'
import { type Fact, Facts } from './Facts'
import styles from './sections.module.css'

const KINDS: Record<string, string> = { pod: 'a pod', service: 'a Service', node: 'a node' }

/** Whether anything is known beyond the addresses. */
export function hasEnds(detail: AlertDetail): boolean {
  const { source, dest, true_client } = detail.endpoints
  return Boolean(true_client) || endFacts(source).some(isKnown) || endFacts(dest).some(isKnown)
}

/** Workload, node, Service and place of both ends; an end that one may not see, or that nobody knows, is left out. */
export function Ends({ detail }: { detail: AlertDetail }) {
  const { source, dest, true_client } = detail.endpoints
  return (
    <>
      <End title="Source" end={source} more={[['True client', true_client && `${true_client} (as a proxy says)`]]} />
      <End title="Destination" end={dest} more={[]} />
    </>
  )
}

function End({ title, end, more }: { title: string; end: EndpointDetail; more: readonly Fact[] }) {
  const facts = [...endFacts(end), ...more]
  if (!facts.some(isKnown)) return null
  return (
    <>
      <h4 className={styles.role}>{title}</h4>
      <Facts facts={facts} />
    </>
  )
}

function endFacts(end: EndpointDetail): Fact[] {
  const labels = Object.entries(end.labels ?? {}).map(([key, value]) => `${key}=${value}`)
  const port = end.service_port ? `port ${end.service_port}` : ''
  return [
    ['Address of', end.kind && end.kind !== 'pod' ? `${KINDS[end.kind]}, ${end.name}` : ''],
    ['Workload', [end.workload_kind, end.workload].filter(Boolean).join(' ')],
    ['Reached by', [end.service, port].filter(Boolean).join(', ')],
    ['Runs on', end.kind === 'node' ? '' : end.node],
    ['Images', (end.images ?? []).join(', ')],
    ['Labels', labels.join(', ')],
    ['Place', [end.city, end.country, end.asn].filter(Boolean).join(', ')],
  ]
}

function isKnown([, value]: Fact): boolean {
  return Boolean(value)
}

/** Every monitored pod that saw the packet, the one that owns the alert first. */
export function Observers({ observers }: { observers: readonly Observer[] }) {
  return (
    <ul className={styles.references}>
      {observers.map((each) => (
        <li key={[each.host, each.namespace, each.pod, each.origin].join('/')}>
          <code>
            {each.namespace}/{each.pod}
          </code>
          {[each.side === 'unknown' ? '' : `, ${each.side}`, ` on ${each.host}`, ` for ${each.origin}`].join('')}
        </li>
      ))}
    </ul>
  )
}
