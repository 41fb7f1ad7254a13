//! Mail as SMTP, IMAP and POP carry it: where its parts end, and the files in them (RFC 2045 to 2046; Snort 3 manual, "File data").
//!
//! A message is read once, while its PDUs are split: a PDU ends behind each boundary of the multipart structure and at the end of the
//! message. What the body decoded to meanwhile is the PDU's file data. A Content-Transfer-Encoding in any header block makes a body
//! a file, a Content-Type only one in the header of a part.

mod decode;
mod header;

use crate::buffer::BufferId;
use crate::counters::CAPS;
use crate::inspector::Inspection;
use decode::BodyDecoder;
use header::{BodyKind, Encoding, HeaderBlock, LONGEST_BOUNDARY};

/// Boundaries open at a time that are followed.
const DEEPEST_NESTING: usize = 8;

/// Where a message was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nowhere in these octets.
    None,
    /// After this many octets, behind a boundary.
    Boundary(usize),
    /// After this many octets, behind the line with a single dot.
    End(usize),
}

/// A file within the message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FilePiece<'a> {
    /// What the octets since the last PDU decoded to.
    pub data: &'a [u8],
    /// Number of the file within the flow.
    pub id: u64,
    /// Octets of the file that went before.
    pub position: u64,
}

/// A unit of detection of `data` with the file piece that it decoded to.
pub(crate) fn inspection<'a>(data: &'a [u8], file: Option<FilePiece<'a>>) -> Inspection<'a> {
    let mut inspection = Inspection::plain(data);
    if let Some(file) = file {
        inspection.buffers.set(BufferId::FileData, file.data);
        inspection.file_id = file.id;
        inspection.file_pos = file.position;
    }
    inspection
}

/// Reads messages, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    place: Place,
    /// The block belongs to a part, not to the message.
    in_part: bool,
    header: HeaderBlock,
    boundaries: Vec<Vec<u8>>,
    /// Start of the current body line, held while it may be a boundary or the end.
    held: Vec<u8>,
    line_begun: bool,
    decoder: Option<BodyDecoder>,
    file: Vec<u8>,
    file_id: u64,
    file_position: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Header,
    Body,
    /// Behind a boundary, on its line.
    BoundaryLine,
}

impl Mail {
    /// Begins a message. Files keep counting.
    pub(crate) fn begin(&mut self) {
        let file = std::mem::take(&mut self.file);
        *self = Self { file, file_id: self.file_id, ..Self::default() };
        self.file.clear();
    }

    /// Takes octets up to the first cut.
    pub(crate) fn take(&mut self, octets: &[u8]) -> Cut {
        let mut at = 0;
        while at < octets.len() {
            let (taken, cut) = match self.place {
                Place::Header => self.header(&octets[at..]),
                Place::Body => self.body(&octets[at..]),
                Place::BoundaryLine => self.boundary_line(&octets[at..]),
            };
            at += taken;
            match cut {
                Cut::None => {}
                Cut::Boundary(_) => return Cut::Boundary(at),
                Cut::End(_) => return Cut::End(at),
            }
        }
        Cut::None
    }

    /// The file piece of the PDU that ends here. Clears nothing: call [`Mail::next_pdu`] after use.
    pub(crate) fn file(&self) -> Option<FilePiece<'_>> {
        (!self.file.is_empty()).then_some(FilePiece { data: &self.file, id: self.file_id, position: self.file_position })
    }

    /// The next PDU begins.
    pub(crate) fn next_pdu(&mut self) {
        self.file_position += self.file.len() as u64;
        self.file.clear();
        if self.decoder.is_none() {
            self.file_position = 0;
        }
    }

    fn header(&mut self, octets: &[u8]) -> (usize, Cut) {
        let taken = memchr::memchr(b'\n', octets).map_or(octets.len(), |at| at + 1);
        let Some(line) = self.header.push(&octets[..taken]) else { return (taken, Cut::None) };
        if line == b".\r\n" || line == b".\n" {
            return (taken, Cut::End(0));
        }
        let blank = line == b"\r\n" || line == b"\n";
        if blank {
            let kind = self.header.finish();
            self.begin_body(kind);
        }
        (taken, Cut::None)
    }

    fn begin_body(&mut self, kind: BodyKind) {
        self.place = Place::Body;
        self.line_begun = false;
        let multipart = kind.boundary.is_some();
        if let Some(boundary) = kind.boundary {
            self.open(boundary);
        }
        let is_file = kind.encoding.is_some() || (kind.typed && self.in_part);
        if is_file && !multipart {
            self.file_id += 1;
            self.file_position = 0;
            self.decoder = Some(BodyDecoder::new(kind.encoding.unwrap_or(Encoding::Identity)));
        }
    }

    fn open(&mut self, boundary: Vec<u8>) {
        if self.boundaries.len() < DEEPEST_NESTING {
            self.boundaries.push([b"--", &boundary[..]].concat());
        } else {
            CAPS.mime_nesting_too_deep.hit();
        }
    }

    fn body(&mut self, octets: &[u8]) -> (usize, Cut) {
        if !self.line_begun {
            return self.line_start(octets);
        }
        let taken = memchr::memchr(b'\n', octets).map_or(octets.len(), |at| at + 1);
        self.decode(&octets[..taken]);
        self.line_begun = !octets[..taken].ends_with(b"\n");
        (taken, Cut::None)
    }

    /// Holds the start of a line as long as it may be a boundary or the end of the message.
    fn line_start(&mut self, octets: &[u8]) -> (usize, Cut) {
        for (at, octet) in octets.iter().enumerate() {
            self.held.push(*octet);
            if let Some(index) = self.boundaries.iter().position(|boundary| *boundary == self.held) {
                // Multiparts within this one are over, closed or not.
                self.boundaries.truncate(index + 1);
                self.at_boundary();
                return (at + 1, Cut::Boundary(0));
            }
            if self.held == b".\r\n" || self.held == b".\n" {
                self.held.clear();
                return (at + 1, Cut::End(0));
            }
            if !self.may_be_sign() {
                let held = std::mem::take(&mut self.held);
                self.line_begun = !held.ends_with(b"\n");
                self.decode(&held);
                self.held = held;
                self.held.clear();
                return (at + 1, Cut::None);
            }
        }
        (octets.len(), Cut::None)
    }

    fn may_be_sign(&self) -> bool {
        self.held.len() <= LONGEST_BOUNDARY + 2
            && (b".\r\n".starts_with(&self.held) || self.boundaries.iter().any(|boundary| boundary.starts_with(&self.held)))
    }

    fn at_boundary(&mut self) {
        // The line end before a boundary belongs to the boundary (RFC 2046, 5.1.1).
        if self.decoder.as_ref().is_some_and(BodyDecoder::is_identity) {
            let end = self.file.strip_suffix(b"\n").map(|f| f.strip_suffix(b"\r").unwrap_or(f)).map(<[u8]>::len);
            self.file.truncate(end.unwrap_or(self.file.len()));
        }
        self.held.clear();
        self.decoder = None;
        self.place = Place::BoundaryLine;
    }

    /// `--` behind a boundary closes its multipart, anything else begins a part.
    fn boundary_line(&mut self, octets: &[u8]) -> (usize, Cut) {
        let taken = memchr::memchr(b'\n', octets).map_or(octets.len(), |at| at + 1);
        let wanted = 2 - self.held.len().min(2);
        self.held.extend_from_slice(&octets[..taken.min(wanted)]);
        if octets[..taken].ends_with(b"\n") {
            let closing = self.held == b"--";
            self.held.clear();
            self.line_begun = false;
            self.in_part = true;
            self.place = if closing { Place::Body } else { Place::Header };
            if closing {
                self.boundaries.pop();
            }
        }
        (taken, Cut::None)
    }

    fn decode(&mut self, octets: &[u8]) {
        if let Some(decoder) = &mut self.decoder {
            decoder.push(octets, &mut self.file);
        }
    }
}
