//! Header compression of HTTP/2 (RFC 7541): the decoder of one direction.

use std::collections::VecDeque;

use super::huffman;
use crate::http::span::Span;

/// Octets of decoded names and values kept of one header block; a block can unfold to a thousand times its size.
pub(crate) const MAX_LIST: usize = 63_780;

/// Largest dynamic table followed, whatever the receiver allows (its default is 4,096).
const MAX_TABLE: usize = 64 * 1024;

/// Octets that an entry counts beside its name and value (section 4.1).
const ENTRY_OVERHEAD: usize = 32;

/// The static table (appendix A).
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

/// Why a block cannot be decoded; nothing that comes after it on the direction can either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// Decoded names and values, in order.
#[derive(Debug, Default)]
pub(crate) struct HeaderList {
    bytes: Vec<u8>,
    entries: Vec<(Span, Span)>,
    /// Some fields did not fit into [`MAX_LIST`].
    pub cut: bool,
}

impl HeaderList {
    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.cut = false;
    }

    /// (name, value) of each field.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.entries.iter().map(|(name, value)| (name.of(&self.bytes), value.of(&self.bytes)))
    }

    fn push(&mut self, name: &[u8], value: &[u8]) {
        let (start, middle) = (self.bytes.len(), self.bytes.len() + name.len());
        let end = middle + value.len();
        if end + self.entries.len() * ENTRY_OVERHEAD > MAX_LIST {
            self.cut = true;
            return;
        }
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        self.entries.push((Span::new(start, middle), Span::new(middle, end)));
    }
}

/// Decoder state of one direction.
#[derive(Debug)]
pub(crate) struct Decoder {
    table: Table,
    /// The field being decoded: its name, then its value.
    field: Vec<u8>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { table: Table { limit: 4096, ..Table::default() }, field: Vec::new() }
    }
}

impl Decoder {
    /// Decodes a whole header block, appending to `out`.
    pub fn decode(&mut self, block: &[u8], out: &mut HeaderList) -> Result<(), Broken> {
        let mut rest = block;
        while let Some(&first) = rest.first() {
            match first {
                0x80.. => self.indexed(integer(&mut rest, 7)?, out)?,
                0x40..0x80 => self.literal(&mut rest, 6, true, out)?,
                0x20..0x40 => self.table.resize(integer(&mut rest, 5)?)?,
                0x00..0x20 => self.literal(&mut rest, 4, false, out)?,
            }
        }
        Ok(())
    }

    fn indexed(&mut self, index: usize, out: &mut HeaderList) -> Result<(), Broken> {
        let (name, value) = self.table.get(index)?;
        out.push(name, value);
        Ok(())
    }

    fn literal(&mut self, rest: &mut &[u8], prefix: u32, keep: bool, out: &mut HeaderList) -> Result<(), Broken> {
        self.field.clear();
        match integer(rest, prefix)? {
            0 => string(rest, &mut self.field)?,
            index => self.field.extend_from_slice(self.table.get(index)?.0),
        }
        let middle = self.field.len();
        string(rest, &mut self.field)?;
        let (name, value) = self.field.split_at(middle);
        out.push(name, value);
        if keep {
            self.table.insert(name, value);
        }
        Ok(())
    }
}

/// The dynamic table (section 2.3.2).
#[derive(Debug, Default)]
struct Table {
    bytes: Vec<u8>,
    /// Octets that were dropped from the front of `bytes` so far: positions below count them in.
    dropped: usize,
    /// (start, length of name, length of value), newest first.
    entries: VecDeque<(usize, usize, usize)>,
    size: usize,
    limit: usize,
}

impl Table {
    fn get(&self, index: usize) -> Result<(&[u8], &[u8]), Broken> {
        let Some(dynamic) = index.checked_sub(STATIC.len() + 1) else {
            let (name, value) = index.checked_sub(1).and_then(|at| STATIC.get(at)).ok_or(Broken)?;
            return Ok((name.as_bytes(), value.as_bytes()));
        };
        let (start, name, value) = *self.entries.get(dynamic).ok_or(Broken)?;
        let at = start - self.dropped;
        Ok((&self.bytes[at..at + name], &self.bytes[at + name..at + name + value]))
    }

    fn insert(&mut self, name: &[u8], value: &[u8]) {
        let size = name.len() + value.len() + ENTRY_OVERHEAD;
        self.evict(self.limit.saturating_sub(size));
        if size > self.limit {
            return;
        }
        self.entries.push_front((self.dropped + self.bytes.len(), name.len(), value.len()));
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        self.size += size;
    }

    /// Drops the oldest entries until at most `size` are counted.
    fn evict(&mut self, size: usize) {
        while self.size > size {
            let Some((_, name, value)) = self.entries.pop_back() else { break };
            self.size -= name + value + ENTRY_OVERHEAD;
        }
        let live = self.entries.back().map_or(self.dropped + self.bytes.len(), |(start, ..)| *start);
        // Moved only when at least half is dead, so that each octet is moved once or twice.
        if (live - self.dropped) * 2 >= self.bytes.len() {
            self.bytes.drain(..live - self.dropped);
            self.dropped = live;
        }
    }

    fn resize(&mut self, limit: usize) -> Result<(), Broken> {
        if limit > MAX_TABLE {
            return Err(Broken);
        }
        self.limit = limit;
        self.evict(limit);
        Ok(())
    }
}

/// An integer with a prefix of `bits` bits in its first octet (section 5.1), at most 2^28.
fn integer(rest: &mut &[u8], bits: u32) -> Result<usize, Broken> {
    let (&first, mut tail) = rest.split_first().ok_or(Broken)?;
    let mask = (1usize << bits) - 1;
    let mut value = first as usize & mask;
    if value == mask {
        for shift in [0, 7, 14, 21, u32::MAX] {
            let (&octet, after) = tail.split_first().filter(|_| shift != u32::MAX).ok_or(Broken)?;
            tail = after;
            value += (octet as usize & 0x7F) << shift;
            if octet & 0x80 == 0 {
                break;
            }
        }
    }
    *rest = tail;
    Ok(value)
}

/// Appends a string literal (section 5.2).
fn string(rest: &mut &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
    let coded = rest.first().ok_or(Broken)? & 0x80 != 0;
    let length = integer(rest, 7)?;
    let (text, after) = rest.split_at_checked(length).ok_or(Broken)?;
    *rest = after;
    if coded {
        return huffman::decode(text, out).ok_or(Broken);
    }
    out.extend_from_slice(text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(decoder: &mut Decoder, block: &[u8]) -> Result<String, Broken> {
        let mut list = HeaderList::default();
        decoder.decode(block, &mut list)?;
        Ok(list.iter().map(|(n, v)| format!("{}={}", n.escape_ascii(), v.escape_ascii())).collect::<Vec<_>>().join(" "))
    }

    /// RFC 7541 appendix C.4: three requests on one connection, Huffman coded.
    #[test]
    fn the_requests_of_the_standard() {
        let blocks: [(&[u8], &str); 3] = [
            (
                &[0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4, 0xff],
                ":method=GET :scheme=http :path=/ :authority=www.example.com",
            ),
            (
                &[0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf],
                ":method=GET :scheme=http :path=/ :authority=www.example.com cache-control=no-cache",
            ),
            (
                &[
                    0x82, 0x87, 0x85, 0xbf, 0x40, 0x88, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xa9, 0x7d, 0x7f, 0x89, 0x25, 0xa8, 0x49, 0xe9, 0x5b,
                    0xb8, 0xe8, 0xb4, 0xbf,
                ],
                ":method=GET :scheme=https :path=/index.html :authority=www.example.com custom-key=custom-value",
            ),
        ];
        let mut decoder = Decoder::default();
        for (block, want) in blocks {
            assert_eq!(decode(&mut decoder, block).as_deref(), Ok(want));
        }
        assert_eq!((decoder.table.size, decoder.table.entries.len()), (164, 3));
    }

    #[test]
    fn the_table_evicts_its_oldest_entries() {
        let mut decoder = Decoder::default();
        assert_eq!(decode(&mut decoder, &[0x3f, 0x45]).as_deref(), Ok(""), "a table of 100 octets");
        for name in *b"abcd" {
            decode(&mut decoder, &[0x40, 1, name, 1, b'v']).unwrap();
        }
        assert_eq!((decoder.table.entries.len(), decoder.table.size), (2, 68));
        assert_eq!(decode(&mut decoder, &[0xbe, 0xbf]).as_deref(), Ok("d=v c=v"));
        assert_eq!(decode(&mut decoder, &[0xc0]), Err(Broken), "no third entry");
        assert_eq!(decode(&mut decoder, &[0x20]).as_deref(), Ok(""), "emptied");
        assert_eq!(decode(&mut decoder, &[0xbe]), Err(Broken));
    }

    #[test]
    fn damage_is_told() {
        let cases: [&[u8]; 7] = [
            &[0x80],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            &[0x41, 5, b'a'],
            &[0x40],
            &[0x3f, 0xe1, 0xff, 0x7f],
            &[0xbe],
            &[0x41, 0x81, 0x00],
        ];
        for block in cases {
            assert_eq!(decode(&mut Decoder::default(), block), Err(Broken), "{block:?}");
        }
    }

    #[test]
    fn a_block_that_unfolds_without_end_is_cut() {
        let (mut decoder, mut list) = (Decoder::default(), HeaderList::default());
        let mut block = vec![0x40, 1, b'a', 0x7f, 0xa1, 0x1e];
        block.resize(block.len() + 4000, b'v');
        block.resize(block.len() + 16_000, 0xbe);
        decoder.decode(&block, &mut list).unwrap();
        assert!(list.cut && list.bytes.len() <= MAX_LIST && list.entries.len() > 10);
    }
}
