//! SIP (RFC 3261): a PDU is a message, on UDP a datagram; rules see its start line, header and body.

use flow::{Pdu, Scan, ScanAt, Side};

use crate::bounded::{MAX_PDU, bounded};
use crate::buffer::BufferId;
use crate::counters::CAPS;
use crate::inspector::{Facts, Inspection, Inspector, Sink, SipFacts};
use crate::service::Service;

/// SIP on one flow.
#[derive(Debug, Default)]
pub struct SipInspector {
    sides: [Messages; 2],
}

/// Finds where messages of one direction end (RFC 3261, 18.3).
#[derive(Debug, Default)]
struct Messages {
    /// Header block so far.
    head: Vec<u8>,
    /// Octets of the body still to come; `None` while in the header block.
    body: Option<usize>,
}

impl Messages {
    fn scan(&mut self, piece: &[u8]) -> Scan {
        let Some(left) = self.body else { return self.header(piece) };
        if piece.len() < left {
            self.body = Some(left - piece.len());
            return Scan::More;
        }
        self.body = None;
        Scan::Flush(left)
    }

    fn header(&mut self, piece: &[u8]) -> Scan {
        let before = self.head.len();
        self.head.extend_from_slice(piece);
        // The blank line may begin in an earlier piece.
        let from = before.saturating_sub(3);
        let Some(end) = header_end(&self.head[from..]).map(|end| from + end) else {
            if self.head.len() > MAX_PDU {
                CAPS.sip_header_too_long.hit();
                self.head.clear();
            }
            return Scan::More;
        };
        self.head.truncate(end);
        let length = content_length(&self.head).unwrap_or(0);
        self.head.clear();
        let taken = end - before;
        let here = length.min(piece.len() - taken);
        self.body = (here < length).then_some(length - here);
        if self.body.is_some() { Scan::More } else { Scan::Flush(taken + here) }
    }
}

/// Octets up to and with the first blank line.
fn header_end(text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', text).find_map(|at| {
        let rest = &text[at + 1..];
        let blank = if rest.starts_with(b"\r\n") { 2 } else { usize::from(rest.starts_with(b"\n")) };
        (blank > 0).then_some(at + 1 + blank)
    })
}

fn content_length(head: &[u8]) -> Option<usize> {
    let value = head.split(|b| *b == b'\n').find_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        let name = line[..colon].trim_ascii();
        (name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l")).then(|| line[colon + 1..].trim_ascii())
    });
    value.and_then(|v| std::str::from_utf8(v).ok()).and_then(|v| v.parse::<u32>().ok()).map(|n| n as usize)
}

/// Reads a start line (RFC 3261, 7.1 and 7.2).
fn start_line(message: &[u8]) -> Option<SipFacts<'_>> {
    let line = message.split(|b| matches!(b, b'\r' | b'\n')).next()?;
    let mut words = line.split(|b| *b == b' ').filter(|w| !w.is_empty());
    let (first, second) = (words.next()?, words.next()?);
    if first.len() >= 4 && first[..4].eq_ignore_ascii_case(b"SIP/") {
        let status = std::str::from_utf8(second).ok()?.parse().ok()?;
        return Some(SipFacts { method: &[], status: Some(status) });
    }
    let version = words.next()?;
    (version.len() >= 4 && version[..4].eq_ignore_ascii_case(b"SIP/")).then_some(SipFacts { method: first, status: None })
}

fn message<'a>(data: &'a [u8]) -> Inspection<'a> {
    let mut inspection = Inspection::plain(data);
    let text = &data[data.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()..];
    let end = header_end(text).unwrap_or(text.len());
    // Seen by running Snort: a message whose body is not as long as it says is not taken for SIP.
    let fits = content_length(&text[..end]).is_none_or(|length| length == text.len() - end);
    if let Some(facts) = start_line(text).filter(|_| fits) {
        inspection.buffers.set(BufferId::SipHeader, &text[..end]);
        inspection.buffers.set(BufferId::SipBody, &text[end..]);
        inspection.facts = Facts { sip: Some(facts), ..Facts::default() };
    }
    inspection
}

impl Inspector for SipInspector {
    fn service(&self) -> Service {
        Service::Sip
    }

    fn scan(&mut self, side: Side, piece: &[u8], at: ScanAt) -> Option<Scan> {
        let messages = &mut self.sides[side as usize];
        bounded(piece, at, |piece| Some(messages.scan(piece)))
    }

    fn inspect(&mut self, _side: Side, pdu: &Pdu<'_>, sink: &mut Sink<'_>) {
        sink(&message(pdu.data));
    }

    fn datagram(&mut self, _side: Side, payload: &[u8], sink: &mut Sink<'_>) {
        sink(&message(payload));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_is_sip_where_its_body_is_as_long_as_it_says() {
        // (datagram, method, status, header, body)
        type Case = (&'static [u8], Option<(&'static [u8], Option<u16>)>, &'static [u8], &'static [u8]);
        let cases: &[Case] = &[
            (b"INVITE sip:a SIP/2.0\r\nl: 2\r\n\r\nhi", Some((b"INVITE", None)), b"INVITE sip:a SIP/2.0\r\nl: 2\r\n\r\n", b"hi"),
            (b"INVITE sip:a SIP/2.0\r\n\r\nhi", Some((b"INVITE", None)), b"INVITE sip:a SIP/2.0\r\n\r\n", b"hi"),
            (b"INVITE sip:a SIP/2.0\r\nContent-Length: 1\r\n\r\nhi", None, b"", b""),
            (b"INVITE sip:a SIP/2.0\r\nContent-Length: 9\r\n\r\nhi", None, b"", b""),
            (b"\r\nSIP/2.0 404 Not Found\r\n\r\n", Some((b"", Some(404))), b"SIP/2.0 404 Not Found\r\n\r\n", b""),
            (b"OPTIONS sip:a SIP/2.0", Some((b"OPTIONS", None)), b"OPTIONS sip:a SIP/2.0", b""),
            (b"SIP/2.0 none\r\n\r\n", None, b"", b""),
            (b"GET / HTTP/1.1\r\n\r\n", None, b"", b""),
            (b"\0\0\0\0", None, b"", b""),
        ];
        for (datagram, want, header, body) in cases {
            let shown = message(datagram);
            assert_eq!(shown.facts.sip.map(|sip| (sip.method, sip.status)), *want, "{}", datagram.escape_ascii());
            assert_eq!(shown.buffers.get(BufferId::SipHeader), *header, "{}", datagram.escape_ascii());
            assert_eq!(shown.buffers.get(BufferId::SipBody), *body, "{}", datagram.escape_ascii());
            assert_eq!(shown.buffers.get(BufferId::RawData), *datagram);
        }
    }
}
