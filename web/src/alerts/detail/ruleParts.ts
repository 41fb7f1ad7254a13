// A rule's text taken apart for reading: header, then options in order. It follows Snort 3's quoting (an option ends at `;` outside
// quotes; a pcre runs to the first `;` without a backslash before it). It judges nothing: the engine has accepted the rule already.
import type { RuleMatch } from '../../api/types'

export interface RulePart {
  keyword: string
  /** What stands after the colon; empty where the keyword stands alone. */
  value: string
  /**
   * `buffer` moves the following options to another buffer, `test` looks at the packet, `flow` at its flow,
   * `about` describes the rule.
   */
  kind: 'buffer' | 'test' | 'flow' | 'about'
  /** The buffer that this part looks at; null for those that look at none. */
  buffer: string | null
  /** Index into the event's matches: where this part matched. */
  match: number | null
}

export interface RuleParts {
  header: string
  parts: RulePart[]
}

const ABOUT = new Set(['msg', 'reference', 'metadata', 'classtype', 'sid', 'rev', 'gid', 'priority', 'rem', 'service'])
const FLOW = new Set(['flow', 'flowbits', 'detection_filter', 'stream_size', 'tag'])
const BUFFERS = new Set([
  'pkt_data',
  'raw_data',
  'file_data',
  'js_data',
  'vba_data',
  'dce_stub_data',
  'base64_data',
  'ber_data',
  'sip_header',
  'sip_body',
])
const FIRST_BUFFER = 'pkt_data'

/** Null where the text is no rule in brackets; it is then shown as it is. */
export function ruleParts(text: string, matches: readonly RuleMatch[] = []): RuleParts | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return null
  const parts = withBuffers(splitOptions(text.slice(open + 1, close)).map(partOf))
  pair(parts, matches)
  return { header: text.slice(0, open).trim().replace(/\s+/g, ' '), parts }
}

export function splitOptions(body: string): string[] {
  const options: string[] = []
  let rest = body.trim()
  while (rest !== '') {
    const end = endOfOption(rest)
    const option = rest.slice(0, end).trim()
    if (option !== '') options.push(option)
    rest = rest.slice(end + 1).trim()
  }
  return options
}

function endOfOption(text: string): number {
  const quoting = !/^pcre\s*:/.test(text)
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\\') at += 1
    else if (character === '"' && quoting) quoted = !quoted
    else if (character === ';' && !quoted) return at
  }
  return text.length
}

function partOf(option: string): RulePart {
  const colon = option.indexOf(':')
  const keyword = (colon < 0 ? option : option.slice(0, colon)).trim()
  const value = colon < 0 ? '' : option.slice(colon + 1).trim()
  return { keyword, value, kind: kindOf(keyword), buffer: null, match: null }
}

function kindOf(keyword: string): RulePart['kind'] {
  if (ABOUT.has(keyword)) return 'about'
  if (FLOW.has(keyword)) return 'flow'
  return BUFFERS.has(keyword) || /^http_(?!num_|version_match|max_)/.test(keyword) ? 'buffer' : 'test'
}

function withBuffers(parts: RulePart[]): RulePart[] {
  let buffer = FIRST_BUFFER
  return parts.map((part) => {
    if (part.kind === 'buffer') buffer = part.keyword
    return { ...part, buffer: part.kind === 'test' || part.kind === 'buffer' ? buffer : null }
  })
}

/** Gives each match to the first part that still has none: by its whole text, else by keyword and buffer. */
function pair(parts: RulePart[], matches: readonly RuleMatch[]): void {
  const left: number[] = []
  matches.forEach((match, index) => {
    if (!give(parts, index, (part) => normal(`${part.keyword}:${part.value}`) === normal(match.option))) left.push(index)
  })
  for (const index of left) {
    const match = matches[index]
    if (match) give(parts, index, (part) => part.keyword === match.keyword && part.buffer === match.buffer)
  }
}

function give(parts: RulePart[], index: number, fits: (part: RulePart) => boolean): boolean {
  const part = parts.find((candidate) => candidate.kind === 'test' && candidate.match === null && fits(candidate))
  if (part) part.match = index
  return part !== undefined
}

/** Options are compared without the blanks that the language ignores, which the engine may have dropped. */
function normal(option: string): string {
  return option
    .replace(/\s*([:,])\s*/g, '$1')
    .replace(/:$/, '')
    .trim()
}
