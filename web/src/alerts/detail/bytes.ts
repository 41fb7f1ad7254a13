// Bytes of an event: from base64, to hex and text, found in one another.

export class BadBase64 extends Error {}

/** Throws BadBase64 for text that is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    throw new BadBase64('these bytes are not valid base64')
  }
}

export function hex(value: number, digits = 2): string {
  return value.toString(16).padStart(digits, '0')
}

export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => hex(byte)).join(' ')
}

/** The byte as printable ASCII, or a dot. */
export function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·'
}

export function printableText(bytes: Uint8Array): string {
  return Array.from(bytes, printable).join('')
}

/** Offset of the first occurrence of `needle` from `from` on; -1 where there is none, or nothing to look for. */
export function find(bytes: Uint8Array, needle: Uint8Array, from = 0): number {
  if (needle.length === 0) return -1
  for (let at = from; at + needle.length <= bytes.length; at += 1) {
    let length = 0
    while (length < needle.length && bytes[at + length] === needle[length]) length += 1
    if (length === needle.length) return at
  }
  return -1
}

/** A capture file with this one packet (libpcap file format, nanosecond magic 0xa1b23c4d, host byte order little). */
export function pcapOf(packet: Uint8Array<ArrayBuffer>, linkType: number, seconds: number, nanoseconds: number): Blob {
  const head = new DataView(new ArrayBuffer(40))
  const words = [0xa1b23c4d, 0x00040002, 0, 0, 0x0004_0000, linkType, seconds, nanoseconds, packet.length, packet.length]
  words.forEach((word, index) => {
    head.setUint32(index * 4, word, true)
  })
  return new Blob([head, packet], { type: 'application/vnd.tcpdump.pcap' })
}
