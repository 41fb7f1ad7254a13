// The tabs of the byte viewer: each named buffer that the rule looked at, the inspected payload, the packet as it was on the wire.
import type { EngineEvent } from '../../api/types'
import { BadBase64, find, fromBase64 } from './bytes'
import { type Layer, layersOf } from './layers'

/** Bytes `start` up to, not including, `end` of a view, matched by the event's match number `match`. */
export interface Mark {
  start: number
  end: number
  match: number
}

export interface ByteView {
  id: string
  label: string
  bytes: Uint8Array<ArrayBuffer>
  /** Offset in the whole buffer of the first byte that is here. */
  base: number
  marks: Mark[]
  layers: Layer[]
  /** What a reader must know about these bytes. */
  note: string | null
}

const PAYLOAD_CAP = 16_384
const BUFFER_CAP = 4_096
const COMPLETED = 'This packet completed the data that was inspected; the matched bytes came in earlier ones.'
const FOUND_AGAIN = 'Matched bytes are marked where they are found again.'

export function byteViews(event: EngineEvent): { views: ByteView[]; broken: string[] } {
  const broken: string[] = []
  const read = (name: string, text: string | undefined) => {
    try {
      return fromBase64(text ?? '')
    } catch (error) {
      if (error instanceof BadBase64) broken.push(name)
      return new Uint8Array()
    }
  }
  const views = bufferNames(event).map((name) => bufferView(event, name, read(name, event.buffers[name])))
  const payload = read('payload', event.payload)
  const repeated = views.some((view) => view.base === 0 && view.bytes.length === payload.length && find(view.bytes, payload) === 0)
  if (payload.length > 0 && !repeated) views.push(payloadView(event, payload, read))
  const packet = read('packet', event.packet)
  if (packet.length > 0) views.push(packetView(event, packet, read))
  return { views, broken }
}

/** The view to begin with: the one that shows most of the matches. The packet comes last, its headers are in the way. */
export function bestView(views: readonly ByteView[]): string {
  const [first, ...others] = views.length > 1 ? views.filter((view) => view.id !== 'packet') : views
  return others.reduce((best, view) => (view.marks.length > (best?.marks.length ?? 0) ? view : best), first)?.id ?? ''
}

/** Buffers with matches first, in the order in which the rule reached them. */
function bufferNames(event: EngineEvent): string[] {
  const matched = event.matches.map((match) => match.buffer).filter((name) => name in event.buffers)
  return [...new Set([...matched, ...Object.keys(event.buffers)])]
}

function bufferView(event: EngineEvent, name: string, bytes: Uint8Array<ArrayBuffer>): ByteView {
  const base = event.buffer_offsets[name] ?? 0
  const marks = event.matches.flatMap((match, index) =>
    match.buffer === name ? clip(match.offset - base, match.length, bytes.length, index) : [],
  )
  const note =
    base > 0 || bytes.length >= BUFFER_CAP ? `The ${bytes.length} bytes around the matches are kept, from byte ${base} on.` : null
  return { id: name, label: name, bytes, base, marks, layers: [], note }
}

type Read = (name: string, text: string | undefined) => Uint8Array

function payloadView(event: EngineEvent, bytes: Uint8Array<ArrayBuffer>, read: Read): ByteView {
  const marks = event.matches.flatMap((match, index) => {
    if (match.buffer === 'pkt_data' || match.buffer === 'raw_data') return clip(match.offset, match.length, bytes.length, index)
    return foundAgain(bytes, read('match', match.bytes), index)
  })
  const capped = bytes.length >= PAYLOAD_CAP ? `The first ${PAYLOAD_CAP} bytes are kept.` : null
  return { id: 'payload', label: 'Payload', bytes, base: 0, marks, layers: [], note: capped ?? noteFor(event, marks) }
}

function packetView(event: EngineEvent, bytes: Uint8Array<ArrayBuffer>, read: Read): ByteView {
  const layers = layersOf(bytes, event.link_type)
  const from = layers.find((layer) => layer.name === 'Payload')?.start ?? 0
  const marks = event.matches.flatMap((match, index) => foundAgain(bytes, read('match', match.bytes), index, from))
  const completes = event.generator !== 'raw' && event.matches.length > 0 && marks.length === 0
  return { id: 'packet', label: 'Packet', bytes, base: 0, marks, layers, note: completes ? COMPLETED : noteFor(event, marks) }
}

function noteFor(event: EngineEvent, marks: readonly Mark[]): string | null {
  const normalised = event.matches.some((match) => match.buffer !== 'pkt_data' && match.buffer !== 'raw_data')
  return normalised && marks.length > 0 ? FOUND_AGAIN : null
}

function foundAgain(bytes: Uint8Array, needle: Uint8Array, match: number, from = 0): Mark[] {
  const at = find(bytes, needle, from)
  return at < 0 ? [] : [{ start: at, end: at + needle.length, match }]
}

function clip(start: number, length: number, size: number, match: number): Mark[] {
  const from = Math.max(0, start)
  const to = Math.min(size, start + length)
  return from < to ? [{ start: from, end: to, match }] : []
}
