//! One exchange of a connection: a request and its response, each a head, a body in sections, and trailers.

use flow::Side;

use crate::Sink;
use crate::flush_ring::FlushRing;
use crate::http::body::section_target;
use crate::http::headers::without_final_line_ends;
use crate::http::line_feeds::LineFeeds;
use crate::http::message::Message;
use crate::http::pool::Pool;
use crate::http::transaction::Transaction;

/// Where the sizes of sections come from, memory, and where units of detection go.
pub(crate) struct Outlet<'a, 's> {
    pub ring: &'a FlushRing,
    pub pool: &'a mut Pool,
    pub sink: &'a mut Sink<'s>,
}

/// One side of a stream.
#[derive(Debug, Default)]
struct Half {
    /// The message whose body is going on.
    message: Option<Box<Message>>,
    /// Content of the current section, where it comes in several frames.
    section: Vec<u8>,
    /// Octets wanted in a section.
    target: usize,
    /// Each frame is a section of its own.
    by_frame: bool,
    ended: bool,
}

/// A stream.
#[derive(Debug)]
pub(crate) struct Stream {
    pub id: u32,
    request: Option<Transaction>,
    client: Half,
    server: Half,
}

impl Stream {
    pub fn new(id: u32) -> Self {
        Self { id, request: None, client: Half::default(), server: Half::default() }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Whether both sides are done.
    pub fn is_over(&self) -> bool {
        self.client.ended && self.server.ended
    }

    /// Octets held back of sections that go on.
    pub fn held(&self) -> usize {
        self.client.section.len() + self.server.section.len()
    }

    /// Whether a header block on `side` is trailers: its message's body is going on.
    pub fn in_body(&self, side: Side) -> bool {
        match side {
            Side::Client => self.client.message.is_some(),
            Side::Server => self.server.message.is_some(),
        }
    }

    /// Takes a head: `block` is it in the form of HTTP/1. `file` numbers the file of its body.
    pub fn head(&mut self, side: Side, block: &[u8], end: bool, file: u64, out: &mut Outlet<'_, '_>) {
        let mut message = out.pool.take_message();
        let parsed = match side {
            Side::Client => message.head.request(block, &LineFeeds::of(block)),
            Side::Server => message.head.response(block, &LineFeeds::of(block)),
        };
        if parsed.is_none() {
            return out.pool.give_message(message);
        }
        message.inspect_head(block, self.request.as_ref().map(Transaction::parts), out.pool, out.sink);
        let interim = message.head.status(block).is_some_and(|status| (100..200).contains(&status));
        if side == Side::Client {
            self.request.get_or_insert_default().record(block, &mut message.head, end || interim);
        }
        if end || interim {
            self.half(side).ended |= end;
            return out.pool.give_message(message);
        }
        message.begin_body(block, file);
        message.hide_packet();
        let by_frame = message.head.headers.content_type.of(block).get(..16).is_some_and(|t| t.eq_ignore_ascii_case(b"application/grpc"));
        let target = section_target(message.head.headers.coding.is_some(), || out.ring.draw());
        let half = self.half(side);
        half.section.clear();
        (half.target, half.by_frame, half.message) = (target, by_frame, Some(message));
    }

    /// Remembers a request that the server promises to answer.
    pub fn promise(&mut self, block: &[u8], pool: &mut Pool) {
        let mut message = pool.take_message();
        if message.head.request(block, &LineFeeds::of(block)).is_some() {
            self.request.get_or_insert_default().record(block, &mut message.head, true);
        }
        self.client.ended = true;
        pool.give_message(message);
    }

    /// Takes content. `flush`: give it to detection now, also where the section is not full.
    pub fn data(&mut self, side: Side, mut content: &[u8], end: bool, flush: bool, out: &mut Outlet<'_, '_>) {
        let request = self.request.as_ref().map(Transaction::parts);
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let Some(message) = &mut half.message else { return };
        while !content.is_empty() {
            let (front, rest) = content.split_at(content.len().min(half.target.saturating_sub(half.section.len()).max(1)));
            content = rest;
            let full = half.section.len() + front.len() >= half.target;
            let last = rest.is_empty() && (end || flush || half.by_frame);
            if half.section.is_empty() && (full || last) {
                message.inspect_body(front, request, out.pool, out.sink);
            } else {
                half.section.extend_from_slice(front);
                if !full && !last {
                    break;
                }
                message.inspect_body(&half.section, request, out.pool, out.sink);
                half.section.clear();
            }
            if full && !(end && rest.is_empty()) {
                half.target = section_target(message.head.headers.coding.is_some(), || out.ring.draw());
            }
        }
        if (end || flush) && !half.section.is_empty() {
            message.inspect_body(&half.section, request, out.pool, out.sink);
            half.section.clear();
        }
        if end {
            half.end(out.pool);
        }
    }

    /// Takes trailers: `lines` is them in the form of HTTP/1.
    pub fn trailers(&mut self, side: Side, lines: &[u8], out: &mut Outlet<'_, '_>) {
        self.data(side, &[], false, true, out);
        let request = self.request.as_ref().map(Transaction::parts);
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        if let Some(message) = &half.message {
            message.inspect_trailers(lines, request, out.pool, out.sink);
        }
        if let (Side::Client, Some(request)) = (side, &mut self.request) {
            request.add_trailers(&lines[..without_final_line_ends(lines)]);
        }
        let half = self.half(side);
        half.end(out.pool);
    }

    /// Gives the memory back.
    pub fn close(&mut self, pool: &mut Pool) {
        self.client.end(pool);
        self.server.end(pool);
    }
}

impl Half {
    fn end(&mut self, pool: &mut Pool) {
        self.ended = true;
        self.section = Vec::new();
        self.message.take().into_iter().for_each(|message| pool.give_message(message));
    }
}
