import { describe, expect, it } from 'vitest'
import { layersOf } from './layers'

const bytes = (hex: string) => Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const ETHERNET = '0242 0af4 0111 0242 0af4 0101'
const IPV4_TCP = '4500 002a 0000 4000 4006 0000 0a000001 0a000002'
const TCP = 'c822 1f90 00000001 00000001 5018 01f6 0000 0000'
const shape = (hex: string, linkType = 1) => layersOf(bytes(hex), linkType).map((layer) => `${layer.name} ${layer.start}-${layer.end}`)

describe('layersOf', () => {
  it.each([
    ['Ethernet, IPv4, TCP', `${ETHERNET} 0800 ${IPV4_TCP} ${TCP} 4142`, 1, ['Ethernet 0-14', 'IPv4 14-34', 'TCP 34-54', 'Payload 54-56']],
    ['a VLAN tag', `${ETHERNET} 8100 0005 0800 ${IPV4_TCP} ${TCP}`, 1, ['Ethernet 0-14', 'VLAN 14-18', 'IPv4 18-38', 'TCP 38-58']],
    ['raw IP', `${IPV4_TCP} ${TCP} 41`, 101, ['IPv4 0-20', 'TCP 20-40', 'Payload 40-41']],
    ['a later fragment', `${IPV4_TCP.replace('4000', '2001')} 4142`, 101, ['IPv4 0-20', 'Payload 20-22']],
    ['an unknown link type', '4142', 147, ['Payload 0-2']],
    ['ARP', `${ETHERNET} 0806 0001`, 1, ['Ethernet 0-14', 'Payload 14-16']],
    ['a packet cut in the IP header', `${ETHERNET} 0800 4500`, 1, ['Ethernet 0-14', 'Payload 14-16']],
    ['nothing', '', 1, []],
  ])('%s', (_, hex, linkType, expected) => {
    expect(shape(hex, linkType)).toEqual(expected)
  })
})
