//! HTTP/1.x: messages cut at their heads and body sections, parsed into the buffers that rules name.
//!
//! A header PDU is a start line with its header lines; body PDUs are sections of a body; trailers are a PDU of their own.
//! The splitter only looks for ends; a message is parsed once, when its PDU arrives. The caller gives each PDU to
//! [`Inspector::inspect`] before it shows the bytes behind it to [`Inspector::scan`].

pub(crate) mod body;
mod charset;
mod chunk;
mod counters;
mod decompress;
mod head;
pub(crate) mod headers;
pub(crate) mod line_feeds;
mod lines;
pub(crate) mod message;
mod normalize;
pub(crate) mod pool;
mod request;
pub(crate) mod span;
mod splitter;
mod start_line;
#[cfg(test)]
mod tests;
pub(crate) mod transaction;
mod uri;

use flow::{Pdu, PduEnd, Scan, ScanAt, Side};

pub use counters::{COUNTERS, Counter, HttpCounters};
pub use lines::{HeaderLine, folded, header_lines};
pub use request::HttpRequest;
pub use uri::{UriPart, part, query};

use self::body::{Framing, Sections};
use self::headers::Length;
use self::message::Message;
use self::pool::Pool;
use self::splitter::{BlockEnd, Cut};
use self::transaction::{MAX_PIPELINED, Queue, Transaction};
use crate::flush_ring::FlushRing;
use crate::{Inspection, Inspector, Service, Sink};

/// What one direction is in the middle of.
#[derive(Debug, Default)]
enum Phase {
    /// Start line and headers, or before them.
    #[default]
    Head,
    Body,
    Trailers,
    /// Nothing more is understood.
    Over,
}

/// One direction of a flow.
#[derive(Debug, Default)]
struct Half {
    phase: Phase,
    block: BlockEnd,
    sections: Sections,
    /// The message whose body is going on.
    message: Option<Box<Message>>,
}

impl Half {
    fn body(&mut self, message: Box<Message>, framing: Framing, coded: bool, ring: &FlushRing) {
        self.phase = Phase::Body;
        self.sections = Sections::new(framing, coded, || ring.draw());
        self.message = Some(message);
    }

    fn next_message(&mut self, pool: &mut Pool) {
        self.phase = Phase::Head;
        self.block.restart();
        self.message.take().into_iter().for_each(|message| pool.give_message(message));
    }
}

/// HTTP/1.x on one flow.
#[derive(Debug)]
pub struct HttpInspector {
    ring: FlushRing,
    client: Half,
    server: Half,
    /// Requests whose responses are not over.
    waiting: Queue,
    /// Bodies so far, both sides: numbers their files.
    files: u64,
}

impl HttpInspector {
    /// For a new flow; `ring` gives the sizes of body sections.
    pub fn new(ring: FlushRing) -> Self {
        Self { ring, client: Half::default(), server: Half::default(), waiting: Queue::new(), files: 0 }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn find(&mut self, side: Side, piece: &[u8], pending: usize) -> Cut {
        let half = self.half(side);
        match half.phase {
            Phase::Body => half.sections.find(piece, pending),
            Phase::Head | Phase::Trailers => half.block.find(side, piece, pending),
            Phase::Over => Cut::Foreign,
        }
    }

    /// A response to HTTP/0.9 is a body without a head.
    fn is_headless_reply(&self, side: Side) -> bool {
        side == Side::Server && matches!(self.server.phase, Phase::Head) && self.waiting.front().is_some_and(Transaction::is_zero_nine)
    }

    fn head(&mut self, side: Side, data: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let mut message = pool.take_message();
        let half = self.half(side);
        let parsed = match side {
            Side::Client => message.head.request(data, half.block.line_feeds()),
            Side::Server => message.head.response(data, half.block.line_feeds()),
        };
        half.block.restart();
        match (parsed, side) {
            (None, _) => pool.give_message(message),
            (Some(()), Side::Client) => self.request(message, data, pool, sink),
            (Some(()), Side::Server) => self.response(message, data, pool, sink),
        }
    }

    fn request(&mut self, mut message: Box<Message>, data: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        message.inspect_head(data, None, pool, sink);
        if self.waiting.len() >= MAX_PIPELINED {
            COUNTERS.too_many_pipelined.add();
            self.client.phase = Phase::Over;
            return pool.give_message(message);
        }
        let zero_nine = message.head.is_zero_nine();
        let connect = message.head.parts(data).method.eq_ignore_ascii_case(b"CONNECT");
        let framing = match message.head.headers.length {
            _ if zero_nine || connect => Framing::None,
            Length::Unsaid | Length::Octets(0) => Framing::None,
            Length::Octets(n) => Framing::Octets(n),
            Length::Chunked => Framing::chunked(),
            Length::Ambiguous => {
                COUNTERS.ambiguous_length.add();
                self.client.phase = Phase::Over;
                Framing::None
            }
        };
        if zero_nine {
            self.client.phase = Phase::Over;
        }
        let mut transaction = pool.take_transaction();
        transaction.record(data, &mut message.head, framing == Framing::None);
        self.waiting.push_back(transaction);
        self.begin_body(Side::Client, message, data, framing, pool);
    }

    fn response(&mut self, message: Box<Message>, data: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let request = self.waiting.front().map(Transaction::parts);
        message.inspect_head(data, request, pool, sink);
        let method = request.unwrap_or_default().method;
        let (head, connect) = (method.eq_ignore_ascii_case(b"HEAD"), method.eq_ignore_ascii_case(b"CONNECT"));
        let status = message.head.status(data).unwrap_or(200);
        if connect && (200..300).contains(&status) {
            (self.client.phase, self.server.phase) = (Phase::Over, Phase::Over);
            return pool.give_message(message);
        }
        if (100..200).contains(&status) {
            return pool.give_message(message);
        }
        let framing = match message.head.headers.length {
            _ if head || matches!(status, 204 | 304) => Framing::None,
            Length::Octets(0) => Framing::None,
            Length::Octets(n) => Framing::Octets(n),
            Length::Chunked => Framing::chunked(),
            Length::Unsaid | Length::Ambiguous => Framing::UntilClose,
        };
        if framing == Framing::None {
            self.waiting.pop_front().into_iter().for_each(|over| pool.give_transaction(over));
        }
        self.begin_body(Side::Server, message, data, framing, pool);
    }

    fn begin_body(&mut self, side: Side, mut message: Box<Message>, data: &[u8], framing: Framing, pool: &mut Pool) {
        if framing == Framing::None {
            return pool.give_message(message);
        }
        self.files += 1;
        message.begin_body(data, self.files);
        let coded = message.head.headers.coding.is_some();
        match side {
            Side::Client => self.client.body(message, framing, coded, &self.ring),
            Side::Server => self.server.body(message, framing, coded, &self.ring),
        }
    }

    fn section(&mut self, side: Side, data: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let request = self.waiting.front().map(Transaction::parts);
        let (mut joined, mut content) = (std::mem::take(&mut pool.joined), [].as_slice());
        let over = half.sections.take(data, |run| {
            if content.is_empty() && joined.is_empty() {
                content = run;
            } else {
                if joined.is_empty() {
                    joined.extend_from_slice(content);
                }
                joined.extend_from_slice(run);
            }
        });
        let content = if joined.is_empty() { content } else { &joined };
        if let Some(message) = &mut half.message {
            message.inspect_body(content, request, pool, sink);
        }
        if over && matches!(half.sections.framing, Framing::Chunked { .. }) {
            half.phase = Phase::Trailers;
            half.block.restart_as_trailers();
        } else if over {
            self.finish(side, pool);
        } else {
            half.sections.next(|| self.ring.draw());
        }
        pool::empty(&mut joined);
        pool.joined = joined;
    }

    fn trailers(&mut self, side: Side, data: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let request = self.waiting.front().map(Transaction::parts);
        let half = match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        };
        if let Some(message) = &half.message {
            message.inspect_trailers(data, request, pool, sink);
        }
        if let (Side::Client, Some(request)) = (side, self.waiting.back_mut()) {
            request.add_trailers(&data[..headers::without_final_line_ends(data)]);
        }
        self.finish(side, pool);
    }

    /// The message of that side is complete.
    fn finish(&mut self, side: Side, pool: &mut Pool) {
        if side == Side::Server {
            self.waiting.pop_front().into_iter().for_each(|over| pool.give_transaction(over));
        }
        self.half(side).next_message(pool);
    }
}

impl Inspector for HttpInspector {
    fn service(&self) -> Service {
        Service::Http
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        let mut cut = self.find(side, piece, at.pending);
        if cut == Cut::Foreign && self.is_headless_reply(side) {
            self.files += 1;
            let mut message = Pool::lend(Pool::take_message);
            message.begin_body(&[], self.files);
            self.server.body(message, Framing::UntilClose, false, &self.ring);
            cut = self.find(side, piece, at.pending);
        }
        match cut {
            Cut::More => return Some(Scan::More),
            Cut::End(n) => return Some(Scan::Flush(n)),
            Cut::Foreign => COUNTERS.not_http.add(),
            Cut::TooLong => COUNTERS.head_too_long.add(),
        }
        self.half(side).phase = Phase::Over;
        None
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        // What precedes a hole is read, so that later bodies get the flush points that Snort gives them, and shown to no rule; the side
        // goes on without this inspector (seen by running: set `wide`, modes `lost` and `edge`).
        let mut nobody = |_: &Inspection<'_>| {};
        let sink: &mut Sink<'_> = if pdu.end == PduEnd::Gap { &mut nobody } else { sink };
        Pool::lend(|pool| match self.half(side).phase {
            Phase::Head => {
                let complete = pdu.end == PduEnd::Splitter;
                if complete || has_start_line(side, pdu.data) {
                    self.head(side, pdu.data, pool, sink);
                } else if pdu.end == PduEnd::Gap && side == Side::Server {
                    // Cut within the status line: nothing says that no body follows.
                    self.ring.draw();
                }
            }
            Phase::Body => self.section(side, pdu.data, pool, sink),
            Phase::Trailers => self.trailers(side, pdu.data, pool, sink),
            Phase::Over => {}
        });
    }
}

/// Whether a direction that ended within a head got at least past the start line.
fn has_start_line(side: Side, data: &[u8]) -> bool {
    let start = start_line::leading_blanks(data);
    let (end, _) = start_line::line_end(data, start);
    let line = &data[start..end];
    let zero_nine = side == Side::Client && start_line::request(line).is_some_and(|found| found.version.len() == 0);
    end < data.len() || zero_nine && !start_line::ends_within_version(line)
}
