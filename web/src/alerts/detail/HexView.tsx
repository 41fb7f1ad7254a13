// Bytes as hex and as text side by side, with the matched ones marked.
import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { hex, hexText, printableText } from './bytes'
import type { ByteView } from './byteViews'
import styles from './HexView.module.css'
import { type Run, runsOf } from './hexRows'

const LINE_HEIGHT = 20
const MARK_HUES = 4

interface HexViewProps {
  view: ByteView
  /** The match to bring into sight, and to show stronger than the others. */
  active: number | null
}

export function HexView({ view, active }: HexViewProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const perLine = useBytesPerLine(scroller)
  const lines = Math.ceil(view.bytes.length / perLine)
  const virtual = useVirtualizer({ count: lines, getScrollElement: () => scroller.current, estimateSize: () => LINE_HEIGHT, overscan: 6 })
  const target = view.marks.find((mark) => mark.match === active) ?? view.marks[0]
  const targetLine = target ? Math.floor(target.start / perLine) : 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: another view or another match scrolls; the virtualizer itself does not
  useEffect(() => virtual.scrollToIndex(targetLine, { align: targetLine < 4 ? 'auto' : 'center' }), [view, active, targetLine])
  return (
    <section
      ref={scroller}
      className={styles.scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={`${view.label}, ${view.bytes.length} bytes in hex and text`}
    >
      <div className={styles.lines} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <Line key={index} view={view} from={index * perLine} perLine={perLine} top={start} active={active} />
        ))}
      </div>
    </section>
  )
}

interface LineProps {
  view: ByteView
  from: number
  perLine: number
  top: number
  active: number | null
}

function Line({ view, from, perLine, top, active }: LineProps) {
  const to = Math.min(view.bytes.length, from + perLine)
  const runs = runsOf(from, to, view.marks, view.layers)
  return (
    <div className={styles.line} style={{ top }}>
      <span className={styles.offset}>{hex(view.base + from, 4)}</span>
      <span className={styles.hex} data-per-line={perLine}>
        {runs.map((run) => (
          <Bytes key={run.start} run={run} active={active} text={hexOf(view.bytes, run)} gap={run.end === to ? '' : ' '} />
        ))}
      </span>
      <span className={styles.text} aria-hidden="true">
        {runs.map((run) => (
          <Bytes key={run.start} run={run} active={active} text={textOf(view.bytes, run)} gap="" />
        ))}
      </span>
    </div>
  )
}

/** `gap`: the blank to the next run, which is never marked. */
function Bytes({ run, active, text, gap }: { run: Run; active: number | null; text: string; gap: string }) {
  const [first] = run.matches
  if (first === undefined) return <span data-header={run.header || undefined}>{text + gap}</span>
  const strong = active !== null && run.matches.includes(active)
  const shown = strong ? active : first
  const numbers = run.matches.map((match) => match + 1).join(', ')
  return (
    <>
      <mark className={styles.mark} data-hue={(shown % MARK_HUES) + 1} data-active={strong || undefined} title={`Match ${numbers}`}>
        {text}
      </mark>
      {gap}
    </>
  )
}

function hexOf(bytes: Uint8Array, run: Run): string {
  return hexText(bytes.subarray(run.start, run.end))
}

function textOf(bytes: Uint8Array, run: Run): string {
  return printableText(bytes.subarray(run.start, run.end))
}

/** 16 bytes a line where they fit, else 8. */
function useBytesPerLine(element: RefObject<HTMLElement | null>): number {
  const [perLine, setPerLine] = useState(16)
  useLayoutEffect(() => {
    const measure = () => setPerLine((element.current?.clientWidth ?? 0) >= 560 || !element.current?.clientWidth ? 16 : 8)
    measure()
    const observer = new ResizeObserver(measure)
    if (element.current) observer.observe(element.current)
    return () => observer.disconnect()
  }, [element])
  return perLine
}
