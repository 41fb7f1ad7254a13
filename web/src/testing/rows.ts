// Alerts for tests: a plain one, changed where the test says so.
import type { AlertPage, AlertRow, EngineEvent } from '../api/types'

export function alertRow(change: Partial<AlertRow> = {}): AlertRow {
  return {
    id: 'g1',
    event_id: 'e1',
    count: 1,
    first_time: '1764000000000000000',
    last_time: '1764000000000000000',
    last_seen: '2025-11-24T16:00:00.000000Z',
    severity: 100,
    description: 'Signature Triggered Alert',
    rule: { gid: 1, sid: 3000030, rev: 1, msg: 'back door', classtype: 'trojan-activity', priority: 1 },
    source: { ip: '203.0.113.24', port: 51234, name: '', namespace: '' },
    destination: { ip: '10.0.0.2', port: 8080, name: 'frontend-0', namespace: 'default' },
    protocol: 'TCP',
    host: 'node-1',
    dismissed: false,
    ...change,
  }
}

export function alertPage(items: AlertRow[], change: Partial<AlertPage> = {}): AlertPage {
  return { items, next_cursor: null, total: items.length, total_cap: 10_000, live_cursor: '1', sees_nothing: false, excepted: 0, ...change }
}

export function base64(text: string): string {
  return btoa(text)
}

export function engineEvent(change: Partial<EngineEvent> = {}): EngineEvent {
  return {
    time: 1_764_000_000_000_000_000,
    packet_number: 17,
    gid: 1,
    sid: 3000030,
    rev: 1,
    msg: 'back door',
    classtype: 'trojan-activity',
    class_text: 'A Network Trojan was detected',
    priority: 1,
    references: [],
    metadata: [],
    rule_text: 'alert http ( msg:"back door"; flow:to_server,established; http_header; content:"X-CMD:",nocase; sid:3000030; rev:1; )',
    sequence: null,
    protocol: 'TCP',
    generator: 'stream_tcp',
    direction: 'C2S',
    service: 'http',
    src_ip: '203.0.113.24',
    src_port: 51234,
    dst_ip: '10.0.0.2',
    dst_port: 8080,
    vlan: 0,
    packet_length: 0,
    interface: 'lo',
    ifindex: 1,
    towards_pod: true,
    packet: '',
    link_type: 1,
    payload: base64('GET / HTTP/1.1\r\nX-CMD: Test\r\n\r\n'),
    matches: [
      { option: 'content:"X-CMD:",nocase', keyword: 'content', buffer: 'http_header', offset: 0, length: 6, bytes: base64('X-CMD:') },
    ],
    buffers: { http_header: base64('X-CMD: Test\r\n') },
    buffer_offsets: { http_header: 0 },
    flow: null,
    http: null,
    headers: {} as EngineEvent['headers'],
    packet_time: 0,
    event_number: 0,
    capture: null,
    ...change,
  }
}
