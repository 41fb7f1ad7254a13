//! Tells a rule file from a file given by mistake.

use crate::limits::SNIFFED_BYTES;

/// First bytes of kinds that are often given instead.
const MAGIC: [(&[u8], &str); 12] = [
    (b"\x7fELF", "a program (ELF)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"BZh", "a bzip2 archive"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\xd4\xc3\xb2\xa1", "a capture (pcap)"),
    (b"\xa1\xb2\xc3\xd4", "a capture (pcap)"),
    (b"\x4d\x3c\xb2\xa1", "a capture (pcap)"),
    (b"\x0a\x0d\x0d\x0a", "a capture (pcapng)"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8"),
];

/// What `source` is, where it is no text.
pub(crate) fn binary_kind(source: &[u8]) -> Option<&'static str> {
    let known = MAGIC.iter().find(|(magic, _)| source.starts_with(magic)).map(|&(_, kind)| kind);
    let sniffed = &source[..source.len().min(SNIFFED_BYTES)];
    known.or_else(|| sniffed.contains(&0).then_some("binary data"))
}
