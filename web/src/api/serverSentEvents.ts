// Reader of the server-sent event format (WHATWG HTML, section 9.2.6), over fetch: the browser's own EventSource hides the status of a
// refused connection (an ended session looks like a broken network) and the moment of its next attempt, and the page shows both.

export interface ServerSentEvent {
  type: string
  data: string
}

/** One event may not grow past this: a line that never ends would otherwise fill the tab's memory. */
export const EVENT_CAP = 1_000_000

export class OversizedEvent extends Error {
  constructor() {
    super(`an event of the stream is longer than ${EVENT_CAP} characters`)
  }
}

/** Feeds text in any cut, gives the events that are complete. */
export class EventParser {
  /** The newest id of the stream, also of those blocks that carry an id and nothing else. */
  lastId: string | null = null
  private rest = ''
  private type = ''
  private data: string[] = []
  private size = 0

  push(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/)
    this.rest = lines.pop() ?? ''
    if (this.rest.length + this.size > EVENT_CAP) throw new OversizedEvent()
    for (const line of lines) {
      const event = this.line(line)
      if (event) events.push(event)
    }
    return events
  }

  private line(line: string): ServerSentEvent | null {
    if (line === '') return this.dispatch()
    const colon = line.indexOf(':')
    if (colon === 0) return null // a comment: the heartbeat
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    this.size += value.length
    if (name === 'event') this.type = value
    else if (name === 'id') this.lastId = value
    else if (name === 'data') this.data.push(value)
    return null
  }

  private dispatch(): ServerSentEvent | null {
    const { type, data } = this
    this.type = ''
    this.data = []
    this.size = 0
    // A block without data is no event (its id counts all the same).
    return data.length === 0 ? null : { type: type || 'message', data: data.join('\n') }
  }
}
