//! HTTP/2 (RFC 9113): every frame is a PDU. Header blocks are unfolded and written as HTTP/1 heads, DATA frames of a stream
//! are put together to body sections, and both go through the same buffers as HTTP/1.

mod frame;
mod hpack;
mod huffman;
mod stream;
#[cfg(test)]
mod tests;

use flow::{Pdu, PduEnd, Scan, ScanAt, Side};

use self::frame::{Cut, FrameHeader, Frames, HEADER, PREFACE, flag, kind};
use self::hpack::{Decoder, HeaderList};
use self::stream::{Outlet, Stream};
use crate::flush_ring::FlushRing;
use crate::http::COUNTERS;
use crate::http::pool::Pool;
use crate::{Inspector, Service, Sink};

/// Streams of a connection that are followed at the same time (RFC 9113 recommends peers to allow no fewer than 100).
const MAX_STREAMS: usize = 128;

/// Octets of unfinished sections held on one connection; beyond that sections are given early.
const MAX_HELD: usize = 256 * 1024;

/// Octets of a header block in several frames.
const MAX_BLOCK: usize = 63_780;

/// One direction of a connection.
#[derive(Debug, Default)]
struct Half {
    frames: Frames,
    decoder: Decoder,
    /// Its first PDU was taken.
    begun: bool,
    /// Nothing more is understood.
    over: bool,
    /// A header block whose end has not come: its first frame and what came of it.
    open: Option<(FrameHeader, u32, Vec<u8>)>,
    /// The DATA frame whose pieces go on, octets of content and of padding left.
    data: Option<(FrameHeader, usize, usize)>,
}

/// HTTP/2 on one flow.
#[derive(Debug)]
pub struct Http2Inspector {
    ring: FlushRing,
    client: Half,
    server: Half,
    streams: Vec<Stream>,
    files: u64,
    list: HeaderList,
    /// A head in the form of HTTP/1.
    head: Vec<u8>,
}

impl Http2Inspector {
    /// For a new flow; `ring` gives the sizes of body sections.
    pub fn new(ring: FlushRing) -> Self {
        let (client, server) = (Half::default(), Half::default());
        Self { ring, client, server, streams: Vec::new(), files: 0, list: HeaderList::default(), head: Vec::new() }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// The stream of that number, new where it is none yet; `None` where too many are open.
    fn stream(&mut self, id: u32) -> Option<&mut Stream> {
        let at = match self.streams.iter().position(|stream| stream.id == id) {
            Some(at) => at,
            None if self.streams.len() < MAX_STREAMS => {
                self.streams.push(Stream::new(id));
                self.streams.len() - 1
            }
            None => {
                COUNTERS.too_many_streams.add();
                return None;
            }
        };
        self.streams.get_mut(at)
    }

    fn forget_finished(&mut self, id: u32, reset: bool, pool: &mut Pool) {
        if let Some(at) = self.streams.iter().position(|stream| stream.id == id && (reset || stream.is_over())) {
            self.streams.swap_remove(at).close(pool);
        }
    }

    fn frame(&mut self, side: Side, header: FrameHeader, payload: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        match header.kind {
            kind::DATA => self.begin_data(side, header, payload, pool, sink),
            kind::HEADERS | kind::PUSH_PROMISE => {
                let Some((block, promised)) = header.header_block(payload) else { return self.give_up(side) };
                if header.has(flag::END_HEADERS) {
                    return self.block(side, header, promised, block, pool, sink);
                }
                self.half(side).open = Some((header, promised, block.to_vec()));
            }
            kind::CONTINUATION => self.continuation(side, header, payload, pool, sink),
            kind::RST_STREAM => self.forget_finished(header.stream, true, pool),
            _ => {}
        }
    }

    fn continuation(&mut self, side: Side, header: FrameHeader, payload: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let Some((first, promised, mut block)) = self.half(side).open.take() else { return self.give_up(side) };
        if block.len() + payload.len() > MAX_BLOCK {
            return self.give_up(side);
        }
        block.extend_from_slice(payload);
        if header.has(flag::END_HEADERS) {
            self.block(side, first, promised, &block, pool, sink);
        } else {
            self.half(side).open = Some((first, promised, block));
        }
    }

    /// Without the header tables nothing later on this side can be read.
    fn give_up(&mut self, side: Side) {
        COUNTERS.http2_broken.add();
        self.half(side).over = true;
    }

    /// Takes a whole header block.
    fn block(&mut self, side: Side, header: FrameHeader, promised: u32, block: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let mut list = std::mem::take(&mut self.list);
        list.clear();
        if self.half(side).decoder.decode(block, &mut list).is_err() {
            self.give_up(side);
        }
        if list.cut {
            COUNTERS.header_list_cut.add();
        }
        let mut head = std::mem::take(&mut self.head);
        head.clear();
        let ring = self.ring.clone();
        self.files += 1;
        let (files, end, pushed) = (self.files, header.has(flag::END_STREAM), header.kind == kind::PUSH_PROMISE);
        let id = if pushed { promised } else { header.stream };
        let mut lone = Stream::new(id);
        let stream = self.stream(id).unwrap_or(&mut lone);
        if pushed {
            write_head(Side::Client, &list, &mut head);
            stream.promise(&head, pool);
        } else if stream.in_body(side) {
            write_lines(&list, &mut head);
            stream.trailers(side, &head, &mut Outlet { ring: &ring, pool, sink });
        } else {
            write_head(side, &list, &mut head);
            stream.head(side, &head, end, files, &mut Outlet { ring: &ring, pool, sink });
        }
        lone.close(pool);
        self.forget_finished(id, false, pool);
        (self.list, self.head) = (list, head);
    }

    fn begin_data(&mut self, side: Side, header: FrameHeader, payload: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let (padding, payload) = match payload.split_first() {
            Some((&padding, rest)) if header.has(flag::PADDED) => (usize::from(padding), rest),
            _ => (0, payload),
        };
        let total = header.length - usize::from(header.has(flag::PADDED)).min(header.length);
        let padding = padding.min(total);
        self.half(side).data = Some((header, total - padding, padding));
        self.data(side, payload, pool, sink);
    }

    /// Takes a piece of the current DATA frame.
    fn data(&mut self, side: Side, piece: &[u8], pool: &mut Pool, sink: &mut Sink<'_>) {
        let Some((header, content, padding)) = self.half(side).data.take() else { return };
        let taken = piece.len().min(content);
        let (content, padding) = (content - taken, padding - (piece.len() - taken).min(padding));
        let end = content == 0 && header.has(flag::END_STREAM);
        let held: usize = self.streams.iter().map(Stream::held).sum();
        let flush = held + taken > MAX_HELD;
        if content > 0 || padding > 0 {
            let flags = if end { header.flags & !flag::END_STREAM } else { header.flags };
            self.half(side).data = Some((FrameHeader { flags, ..header }, content, padding));
        }
        if taken == 0 && !end {
            return;
        }
        let ring = self.ring.clone();
        match self.streams.iter_mut().find(|stream| stream.id == header.stream) {
            Some(stream) => stream.data(side, &piece[..taken], end, flush, &mut Outlet { ring: &ring, pool, sink }),
            None => COUNTERS.data_without_head.add(),
        }
        self.forget_finished(header.stream, false, pool);
    }
}

impl Inspector for Http2Inspector {
    fn service(&self) -> Service {
        Service::Http2
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        if piece.is_empty() {
            return Some(Scan::More);
        }
        let half = self.half(side);
        if half.over {
            return None;
        }
        let preface = side == Side::Client && !half.begun;
        match half.frames.find(piece, at.pending, preface) {
            Cut::More => Some(Scan::More),
            Cut::End(n) => Some(Scan::Flush(n)),
            Cut::TooLong => {
                self.give_up(side);
                None
            }
        }
    }

    fn inspect(&mut self, side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        let half = self.half(side);
        half.frames.next();
        let begun = std::mem::replace(&mut half.begun, true);
        if pdu.end == PduEnd::Gap || half.over {
            return;
        }
        if half.data.is_some() {
            return Pool::lend(|pool| self.data(side, pdu.data, pool, sink));
        }
        if !begun && side == Side::Client && pdu.data == PREFACE {
            return;
        }
        let Some((header, payload)) = pdu.data.split_first_chunk::<HEADER>() else { return };
        let header = FrameHeader::read(*header);
        if pdu.end == PduEnd::Splitter || header.kind == kind::DATA {
            Pool::lend(|pool| self.frame(side, header, payload, pool, sink));
        }
    }

    fn drain(&mut self, side: Side, sink: &mut Sink<'_>) {
        let ring = self.ring.clone();
        Pool::lend(|pool| {
            let out = &mut Outlet { ring: &ring, pool, sink };
            self.streams.iter_mut().for_each(|stream| stream.data(side, &[], false, true, out));
        });
    }
}

/// Writes a header list as start line and lines of HTTP/1, ended by a blank line. Scheme and authority make the target an
/// absolute one; no Host line comes of them.
fn write_head(side: Side, list: &HeaderList, out: &mut Vec<u8>) {
    let pseudo = |name: &[u8]| list.iter().find(|(known, _)| *known == name).map_or(&b""[..], |(_, value)| value);
    let (scheme, authority) = (pseudo(b":scheme"), pseudo(b":authority"));
    let absolute = side == Side::Client && !scheme.is_empty() && !authority.is_empty() && pseudo(b":path").starts_with(b"/");
    let base: [&[u8]; 3] = if absolute { [scheme, b"://", authority] } else { [b""; 3] };
    let parts: [&[u8]; 5] = match side {
        Side::Client if pseudo(b":path").is_empty() => [pseudo(b":method"), b" ", authority, b" HTTP/2.0", b"\r\n"],
        Side::Client => [pseudo(b":method"), b" ", pseudo(b":path"), b" HTTP/2.0", b"\r\n"],
        Side::Server => [b"HTTP/2.0 ", pseudo(b":status"), b"", b"", b"\r\n"],
    };
    parts[..2].iter().chain(&base).chain(&parts[2..]).for_each(|part| out.extend_from_slice(part));
    write_lines(list, out);
}

/// Writes the fields of a header list that are no pseudo-headers, ended by a blank line.
fn write_lines(list: &HeaderList, out: &mut Vec<u8>) {
    list.iter().filter(|(name, _)| !name.starts_with(b":")).for_each(|(name, value)| write_line(name, value, out));
    out.extend_from_slice(b"\r\n");
}

fn write_line(name: &[u8], value: &[u8], out: &mut Vec<u8>) {
    [name, b": ", value, b"\r\n"].iter().for_each(|part| out.extend_from_slice(part));
}
