// Where the headers of a packet end, for shading them in the byte viewer. Reads lengths only; whatever does not fit ends the walk.

export interface Layer {
  name: string
  start: number
  end: number
}

const ETHERNET = 1
const RAW_IP = 101
const LINUX_SLL = 113
const LINUX_SLL2 = 276
const VLAN_TYPES = [0x8100, 0x88a8, 0x9100]
const PROTOCOLS: Record<number, string> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6' }

/** `linkType`: of the packet, in libpcap's numbers (LINKTYPE_…). */
export function layersOf(packet: Uint8Array, linkType: number): Layer[] {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  const layers: Layer[] = []
  const add = (name: string, length: number) => {
    const start = layers.at(-1)?.end ?? 0
    layers.push({ name, start, end: Math.min(packet.length, start + length) })
    return start + length
  }
  try {
    walk(view, linkType, add)
  } catch (error) {
    // Reading past the end: the packet is cut short, and so is what we can say of it.
    if (!(error instanceof RangeError)) throw error
  }
  const end = layers.at(-1)?.end ?? 0
  return end < packet.length ? [...layers, { name: 'Payload', start: end, end: packet.length }] : layers
}

type Add = (name: string, length: number) => number

function walk(view: DataView, linkType: number, add: Add): void {
  const ip = linkLayer(view, linkType, add)
  if (ip === null) return
  const version = view.getUint8(ip) >> 4
  if (version === 4) {
    const protocol = view.getUint8(ip + 9)
    const fragment = view.getUint16(ip + 6) & 0x1fff
    const next = add('IPv4', (view.getUint8(ip) & 0x0f) * 4)
    if (fragment === 0) transport(view, protocol, next, add)
  } else if (version === 6) {
    transport(view, view.getUint8(ip + 6), add('IPv6', 40), add)
  }
}

/** Offset of the IP header; null where the frame carries none. */
function linkLayer(view: DataView, linkType: number, add: Add): number | null {
  if (linkType === RAW_IP) return 0
  if (linkType === LINUX_SLL) return add('Linux cooked', 16)
  if (linkType === LINUX_SLL2) return add('Linux cooked', 20)
  if (linkType !== ETHERNET) return null
  let type = view.getUint16(12)
  let at = add('Ethernet', 14)
  while (VLAN_TYPES.includes(type)) {
    type = view.getUint16(at + 2)
    at = add('VLAN', 4)
  }
  return type === 0x0800 || type === 0x86dd ? at : null
}

function transport(view: DataView, protocol: number, at: number, add: Add): void {
  const name = PROTOCOLS[protocol]
  if (!name) return
  add(name, protocol === 6 ? (view.getUint8(at + 12) >> 4) * 4 : 8)
}
