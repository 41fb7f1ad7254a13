//! Fuzz targets: hostile bytes for every parser of the engine, and for the engine as a whole.
//!
//! A target takes any bytes and must come back: no panic, no hang, nothing beyond a cap. [`TARGETS`] names them; the binary `fuzz` lends
//! one to libFuzzer (`make fuzz`), and `tests/kept.rs` runs each on its seeds and on every input that once broke it, so that
//! `cargo test` guards what fuzzing found.
#![allow(clippy::panic, reason = "a target panics where a promise does not hold: that is what the fuzzer looks for")]

mod engines;
mod packets;
pub mod seeds;
mod streams;
mod texts;

use inspect::Service;

/// What takes bytes.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("frame", packets::frame),
    ("fragment", packets::fragment),
    ("tcp", packets::tcp),
    ("http1", |data| streams::turns(Service::Http, data)),
    ("http2", |data| streams::turns(Service::Http2, data)),
    ("hpack", streams::hpack),
    ("mime", streams::mime),
    ("mail", streams::mail),
    ("ftp", |data| streams::turns(Service::Ftp, data)),
    ("smb", |data| streams::turns(Service::NetbiosSsn, data)),
    ("dce", |data| streams::turns(Service::Dcerpc, data)),
    ("dns", |data| streams::turns(Service::Dns, data)),
    ("tls", |data| streams::turns(Service::Ssl, data)),
    ("sip", |data| streams::turns(Service::Sip, data)),
    ("others", streams::others),
    ("wizard", streams::wizard),
    ("ber", engines::ber),
    ("options", engines::options),
    ("rules", texts::rules),
    ("capture", texts::capture),
    ("engine", engines::engine),
];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// Splits a fuzzer's bytes into the parts that a target needs; an empty rest gives zeros.
#[derive(Debug, Clone, Copy)]
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn word(&mut self) -> u16 {
        u16::from(self.byte()) << 8 | u16::from(self.byte())
    }

    /// As many octets as the next byte says, in units of `unit`.
    fn sized(&mut self, unit: usize) -> &'a [u8] {
        let length = usize::from(self.byte()) * unit;
        self.take(length)
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }
}
