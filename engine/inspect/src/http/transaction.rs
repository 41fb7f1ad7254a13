//! A request as its response needs it, and the queue that matches the two by order (RFC 9112 section 9.3).

use std::collections::VecDeque;

use super::span::Span;
use crate::{BufferId, Buffers};

/// Requests that may wait for their responses on one flow.
pub(crate) const MAX_PIPELINED: usize = 99;

/// What stays of a request once its own inspection is over.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    bytes: Vec<u8>,
    line: Span,
    method: Span,
    raw_uri: Span,
    uri: Span,
    host: Span,
    user_agent: Span,
    /// The request was HTTP/0.9: its response may have no head.
    pub zero_nine: bool,
}

/// The parts that a transaction copies.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RequestParts<'a> {
    pub line: &'a [u8],
    pub method: &'a [u8],
    pub raw_uri: &'a [u8],
    pub uri: &'a [u8],
    pub host: &'a [u8],
    pub user_agent: &'a [u8],
}

impl Transaction {
    /// Copies a request, reusing the memory.
    pub fn record(&mut self, parts: RequestParts<'_>, zero_nine: bool) {
        self.bytes.clear();
        self.zero_nine = zero_nine;
        self.line = self.add(parts.line);
        self.method = self.add(parts.method);
        self.raw_uri = self.add(parts.raw_uri);
        self.uri = if parts.uri == parts.raw_uri { self.raw_uri } else { self.add(parts.uri) };
        self.host = self.add(parts.host);
        self.user_agent = self.add(parts.user_agent);
    }

    fn add(&mut self, bytes: &[u8]) -> Span {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        Span::new(start, self.bytes.len())
    }

    /// Octets of memory held.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Its parts again.
    pub fn parts(&self) -> RequestParts<'_> {
        let of = |span: Span| span.of(&self.bytes);
        RequestParts {
            line: of(self.line),
            method: of(self.method),
            raw_uri: of(self.raw_uri),
            uri: of(self.uri),
            host: of(self.host),
            user_agent: of(self.user_agent),
        }
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
