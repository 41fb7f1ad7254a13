// Why it fired: the rule with its matches and the bytes they stand on move together; the facts follow.
import { type ReactNode, useId, useMemo, useState } from 'react'
import type { AlertDetail } from '../../api/types'
import { CopyButton } from '../CopyButton'
import { ByteSection } from './ByteSection'
import { bestView, byteViews } from './byteViews'
import styles from './DetailPanel.module.css'
import { Ends, hasEnds, Observers } from './Ends'
import { RawJson } from './RawJson'
import { RuleView } from './RuleView'
import { FlowFacts, HttpRequest, PacketFacts, Parties, RuleFacts } from './sections'

export function Explanation({ detail }: { detail: AlertDetail }) {
  const { podlynx: event } = detail
  const { views, broken } = useMemo(() => byteViews(event), [event])
  const [tab, setTab] = useState(() => bestView(views))
  const [active, setActive] = useState<number | null>(null)
  const showMatch = (match: number) => {
    setActive(match)
    const buffer = event.matches[match]?.buffer
    const home = views.find((view) => view.id === buffer) ?? views.find((view) => view.marks.some((mark) => mark.match === match))
    if (home) setTab(home.id)
  }
  return (
    <>
      <Parties detail={detail} />
      {hasEnds(detail) && (
        <Section title="Ends">
          <Ends detail={detail} />
        </Section>
      )}
      <Section title="Why">
        <RuleView event={event} active={active} onMatch={showMatch} />
      </Section>
      <Section title="Bytes">
        <ByteSection alert={detail.id} event={event} views={views} broken={broken} tab={tab} onTab={setTab} active={active} />
      </Section>
      {event.http && (
        <Section title="HTTP request">
          <HttpRequest event={event} />
        </Section>
      )}
      <Section title="Flow">
        <FlowFacts event={event} />
      </Section>
      <Section title="Packet">
        <PacketFacts detail={detail} />
      </Section>
      {detail.observers.length > 0 && (
        <Section title="Seen by">
          <Observers observers={detail.observers} />
        </Section>
      )}
      <Section title="Rule">
        <RuleFacts detail={detail} />
      </Section>
      <Section title="Alert line" action={<CopyButton text={detail.record.snort_alert} label="Copy the alert line" />}>
        <pre className={styles.pre}>{detail.record.snort_alert}</pre>
      </Section>
      <RawJson detail={detail} />
    </>
  )
}

function Section({ title, action, children }: { title: string; action?: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <section className={styles.section} aria-labelledby={id}>
      <div className={styles.sectionHead}>
        <h3 id={id}>{title}</h3>
        {action}
      </div>
      {children}
    </section>
  )
}
