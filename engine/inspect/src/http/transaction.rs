//! A request as its response needs it, and the queue that matches the two by order (RFC 9112 section 9.3).

use std::collections::VecDeque;

use super::head::Head;
use super::normalize::decode_in_place;
use super::request::HttpRequest;
use super::span::Span;
use crate::{BufferId, Buffers};

/// Requests that may wait for their responses on one flow.
pub(crate) const MAX_PIPELINED: usize = 99;

/// What stays of a request once its own inspection is over: its head, and its trailers where it had any.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// The block that the head was parsed from, then the trailers as they came and percent-decoded.
    bytes: Vec<u8>,
    head: Head,
    raw_trailers: Span,
    trailers: Span,
}

/// The parts of a request that its response shows, and the whole of it for options that ask for more.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RequestParts<'a> {
    pub line: &'a [u8],
    pub method: &'a [u8],
    pub raw_uri: &'a [u8],
    pub uri: &'a [u8],
    pub host: &'a [u8],
    pub user_agent: &'a [u8],
    pub message: HttpRequest<'a>,
}

impl Transaction {
    /// Keeps a request that was parsed from `block`, reusing the memory. `over`: nobody needs `head` any more, so that it need not be copied.
    pub fn record(&mut self, block: &[u8], head: &mut Head, over: bool) {
        self.bytes.clear();
        self.bytes.extend_from_slice(block);
        (self.raw_trailers, self.trailers) = Default::default();
        if over { std::mem::swap(&mut self.head, head) } else { self.head.copy(head) }
    }

    /// Keeps the request's trailers, without their final line ends.
    pub fn add_trailers(&mut self, raw: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(raw);
        let from = self.bytes.len();
        self.bytes.extend_from_slice(raw);
        decode_in_place(&mut self.bytes, from);
        (self.raw_trailers, self.trailers) = (Span::new(start, from), Span::new(from, self.bytes.len()));
    }

    /// The request was HTTP/0.9: its response may have no head.
    pub fn is_zero_nine(&self) -> bool {
        self.head.is_zero_nine()
    }

    /// Octets of memory held.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity() + self.head.capacity()
    }

    /// Its parts again.
    pub fn parts(&self) -> RequestParts<'_> {
        let mut parts = self.head.parts(&self.bytes);
        parts.message = parts.message.with_trailers(self.raw_trailers.of(&self.bytes), self.trailers.of(&self.bytes));
        parts
    }
}

impl<'a> RequestParts<'a> {
    /// The request's buffers, as they stay in view during its response.
    pub fn fill(&self, buffers: &mut Buffers<'a>) {
        buffers.set(BufferId::HttpRawRequest, self.line);
        buffers.set(BufferId::HttpMethod, self.method);
        buffers.set(BufferId::HttpRawUri, self.raw_uri);
        buffers.set(BufferId::HttpUri, self.uri);
    }
}

/// Requests of a flow whose responses are not over, oldest first.
pub(crate) type Queue = VecDeque<Transaction>;
