// The bytes behind an alert: one tab for each buffer, the payload and the packet.
import { Tabs } from '@base-ui/react/tabs'
import type { EngineEvent } from '../../api/types'
import controls from '../../app/controls.module.css'
import { Icon } from '../../app/Icon'
import { CopyButton } from '../CopyButton'
import { count } from '../format'
import styles from './ByteSection.module.css'
import { hexText, pcapOf } from './bytes'
import type { ByteView } from './byteViews'
import { HexView } from './HexView'

interface ByteSectionProps {
  alert: string
  event: EngineEvent
  views: readonly ByteView[]
  broken: readonly string[]
  tab: string
  onTab: (id: string) => void
  active: number | null
}

export function ByteSection({ alert, event, views, broken, tab, onTab, active }: ByteSectionProps) {
  if (views.length === 0)
    return <p className={styles.note}>No bytes were kept with this event, or you may not see them (get alerts/packets).</p>
  return (
    <div className={styles.section}>
      <Tabs.Root value={tab} onValueChange={(value) => onTab(String(value))}>
        <Tabs.List className={styles.tabs} aria-label="Bytes of">
          {views.map((view) => (
            <Tabs.Tab key={view.id} value={view.id} className={styles.tab}>
              {view.label}
              {view.marks.length > 0 && (
                <span className={styles.badge} title={`${view.marks.length} matches are marked here`}>
                  {view.marks.length}
                </span>
              )}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {views.map((view) => (
          <Tabs.Panel key={view.id} value={view.id} className={styles.panel}>
            <HexView view={view} active={active} />
            <Foot alert={alert} event={event} view={view} />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
      {broken.length > 0 && <p className={styles.note}>These could not be read, the event is damaged: {broken.join(', ')}.</p>}
    </div>
  )
}

function Foot({ alert, event, view }: { alert: string; event: EngineEvent; view: ByteView }) {
  return (
    <div className={styles.foot}>
      <span className={styles.note}>
        {count(view.bytes.length)} bytes
        {view.layers.length > 0 && `: ${view.layers.map((layer) => `${layer.name} ${layer.end - layer.start}`).join(', ')}`}
        {view.note && `. ${view.note}`}
      </span>
      {view.id === 'packet' && <SavePacket event={event} view={view} />}
      {view.id === 'packet' && <SaveCapture alert={alert} event={event} />}
      <CopyButton text={() => hexText(view.bytes)} label={`Copy ${view.label} as hex`}>
        Hex
      </CopyButton>
      <CopyButton text={() => new TextDecoder().decode(view.bytes)} label={`Copy ${view.label} as text`}>
        Text
      </CopyButton>
    </div>
  )
}

function SavePacket({ event, view }: { event: EngineEvent; view: ByteView }) {
  const save = () => {
    const seconds = Math.floor(event.time / 1e9)
    const file = URL.createObjectURL(pcapOf(view.bytes, event.link_type, seconds, Math.floor(event.time % 1e9)))
    const link = document.createElement('a')
    link.href = file
    link.download = `podlynx-${event.gid}-${event.sid}-${seconds}.pcap`
    link.click()
    setTimeout(() => URL.revokeObjectURL(file), 1000)
  }
  return (
    <button type="button" className={`${controls.button} ${controls.quiet}`} onClick={save} title="Save the packet as a capture file">
      <Icon name="save" size={14} />
      pcap
    </button>
  )
}

function SaveCapture({ alert, event }: { alert: string; event: EngineEvent }) {
  const around = (event.capture?.before?.length ?? 0) + (event.capture?.after?.length ?? 0)
  return (
    <a
      className={`${controls.button} ${controls.quiet}`}
      href={`/api/v1/alerts/${encodeURIComponent(alert)}/pcapng`}
      download
      title="Save the packet with those before and after it as a capture file"
    >
      <Icon name="save" size={14} />
      pcapng{around > 0 && `, ${count(around)} around it`}
    </a>
  )
}
