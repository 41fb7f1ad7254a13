// The parts of the open alert that are plain facts: addresses, flow, request, packet, rule.
import type { AlertDetail, EngineEvent } from '../../api/types'
import { address, byteSize, count, fullTime } from '../format'
import { Facts } from './Facts'
import { referenceOf } from './references'
import styles from './sections.module.css'

const DIRECTIONS: Record<string, string> = { C2S: 'client to server', S2C: 'server to client' }

/** Said while packets were shed or dropped: what surrounds this alert may be missing. */
export function Incomplete({ event }: { event: EngineEvent }) {
  if (!event.incomplete) return null
  return (
    <p className={styles.incomplete} role="note">
      Not everything was seen: packets came faster than they could be inspected when this alert was raised.
    </p>
  )
}

/** Who spoke to whom. */
export function Parties({ detail }: { detail: AlertDetail }) {
  const { podlynx: event } = detail
  return (
    <div className={styles.parties}>
      <Party
        end="Source"
        ip={detail.source_ip}
        port={detail.source_port ?? null}
        name={detail.source_name}
        namespace={detail.source_namespace}
      />
      <div className={styles.way}>
        <span aria-hidden="true">→</span>
        <span>{[event.protocol, event.service].filter(Boolean).join(' · ')}</span>
      </div>
      <Party
        end="Destination"
        ip={detail.dest_ip}
        port={detail.dest_port ?? null}
        name={detail.dest_name}
        namespace={detail.dest_namespace}
      />
    </div>
  )
}

interface PartyProps {
  end: string
  ip: string
  port: number | null
  name: string
  namespace: string
}

function Party({ end, ip, port, name, namespace }: PartyProps) {
  return (
    <div className={styles.party}>
      <span className={styles.role}>{end}</span>
      <span className={styles.name}>{name || address({ ip, port })}</span>
      {name && <span className={styles.under}>{[namespace, address({ ip, port })].filter(Boolean).join(' · ')}</span>}
    </div>
  )
}

export function HttpRequest({ event }: { event: EngineEvent }) {
  if (!event.http) return null
  const { request_line, host, user_agent } = event.http
  return (
    <>
      <pre className={styles.request}>{request_line || '(no request line was seen)'}</pre>
      <Facts
        facts={[
          ['Host', host],
          ['User agent', user_agent],
        ]}
      />
    </>
  )
}

export function FlowFacts({ event }: { event: EngineEvent }) {
  const { flow } = event
  if (!flow) return <p className={styles.muted}>The packet belonged to no flow.</p>
  const client = address({ ip: flow.client_ip, port: flow.client_port ?? null })
  const server = address({ ip: flow.server_ip, port: flow.server_port ?? null })
  return (
    <Facts
      facts={[
        ['Client', <code key="client">{client}</code>],
        ['Server', <code key="server">{server}</code>],
        ['Client sent', `${count(flow.client_packets)} packets, ${byteSize(flow.client_bytes)}`],
        ['Server sent', `${count(flow.server_packets)} packets, ${byteSize(flow.server_bytes)}`],
        ['Started', flow.start > 0 ? fullTime(flow.start / 1e6) : null],
        ['Community ID', flow.community_id && <code key="community">{flow.community_id}</code>],
      ]}
    />
  )
}

export function PacketFacts({ detail }: { detail: AlertDetail }) {
  const { podlynx: event } = detail
  const towards = event.towards_pod === null || event.towards_pod === undefined ? null : event.towards_pod ? 'to the pod' : 'from the pod'
  const headers = Object.entries(event.headers ?? {}).filter(([, value]) => value !== null && value !== undefined)
  return (
    <Facts
      facts={[
        ['Inspected', event.generator === 'raw' ? 'the packet itself' : `reassembled (${event.generator})`],
        ['Direction', DIRECTIONS[event.direction] ?? 'unknown'],
        ['Packet', `number ${count(event.packet_number)}, ${byteSize(event.packet_length)}`],
        ['Interface', [event.interface, towards].filter(Boolean).join(', ')],
        ['VLAN', event.vlan > 0 ? event.vlan : null],
        ['Node', detail.host],
        ['Seen for', detail.origin],
        ...headers.map(([name, value]) => [name.replaceAll('_', ' '), <code key={name}>{String(value)}</code>] as const),
      ]}
    />
  )
}

export function RuleFacts({ detail }: { detail: AlertDetail }) {
  const { podlynx: event } = detail
  return (
    <>
      <Facts
        facts={[
          ['Class', event.class_text || event.classtype],
          ['Priority', event.priority],
          ['Severity', `${detail.severity} of 100`],
          ['Tactic', detail.mitre_tactic],
          ['Techniques', detail.mitre_ids.join(', ')],
        ]}
      />
      {event.references.length > 0 && (
        <ul className={styles.references} aria-label="References">
          {event.references.map((reference) => (
            <li key={reference}>
              <ReferenceLink reference={reference} />
            </li>
          ))}
        </ul>
      )}
      {event.metadata.length > 0 && <p className={styles.muted}>{event.metadata.join(' · ')}</p>}
    </>
  )
}

function ReferenceLink({ reference }: { reference: string }) {
  const { text, href } = referenceOf(reference)
  if (!href) return text
  return (
    <a href={href} target="_blank" rel="noreferrer noopener">
      {text}
    </a>
  )
}
