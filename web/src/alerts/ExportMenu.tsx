// What is listed, as a file. The browser fetches it by itself, so it may be of any size.
import { Menu } from '@base-ui/react/menu'
import type { AlertFilter } from '../api/alerts'
import { type ExportFormat, exportAddress } from '../api/events'
import controls from '../app/controls.module.css'
import { Icon } from '../app/Icon'
import styles from './ExportMenu.module.css'

const FORMATS: readonly (readonly [format: ExportFormat, name: string, what: string])[] = [
  ['ndjson', 'JSON lines', 'whole events'],
  ['csv', 'CSV', 'for spreadsheets'],
  ['pcapng', 'Packets (pcapng)', 'for Wireshark; needs its own right'],
]

export function ExportMenu({ filter }: { filter: AlertFilter }) {
  return (
    <Menu.Root>
      <Menu.Trigger className={`${controls.button} ${styles.trigger}`} aria-label="Export">
        <Icon name="save" size={14} />
        <span className={styles.word}>Export</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end" className={styles.place}>
          <Menu.Popup className={styles.popup} aria-label="Export the events that match as">
            {FORMATS.map(([format, name, what]) => (
              <Menu.Item key={format} className={styles.item} render={<a href={exportAddress(filter, format)} download />}>
                <span>{name}</span>
                <span className={styles.what}>{what}</span>
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  )
}
