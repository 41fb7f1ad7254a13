//! What can go wrong on the way to a packet: what, where, and how to mend it.

use std::error::Error;
use std::fmt;
use std::io;

/// Why there are no (more) packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureError {
    kind: ErrorKind,
    source: String,
    what: String,
    place: Option<(u64, u64)>,
    hint: String,
}

/// What sort of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// No such file.
    NotFound,
    /// Not allowed to read the file, or to capture.
    Permission,
    /// A directory where a file was due.
    Directory,
    /// A file of no bytes.
    Empty,
    /// Neither pcap nor pcapng.
    NotACapture,
    /// The file ends in the middle of something. The packets before are good.
    Truncated,
    /// The file contradicts itself. The packets before are good.
    Damaged,
    /// A variant that is not read.
    Unsupported,
    /// No interface of that name.
    NoInterface,
    /// A list, a ring or a filter larger than the kernel or this program takes.
    TooLarge,
    /// The operating system says no.
    System,
}

impl CaptureError {
    pub(crate) fn new(kind: ErrorKind, source: &str, what: impl Into<String>, hint: impl Into<String>) -> Self {
        CaptureError { kind, source: source.into(), what: what.into(), place: None, hint: hint.into() }
    }

    /// Puts it at a byte of the uncompressed capture, behind so many good packets.
    pub(crate) fn at(mut self, offset: u64, packets: u64) -> Self {
        self.place = Some((offset, packets));
        self
    }

    /// What the operating system said when the file `source` was opened.
    pub(crate) fn opening(source: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::new(ErrorKind::NotFound, source, "no such file", "check the path"),
            io::ErrorKind::PermissionDenied => Self::new(
                ErrorKind::Permission,
                source,
                "no permission to read this file",
                "make it readable (chmod +r) or run as its owner",
            ),
            io::ErrorKind::IsADirectory => Self::directory(source),
            _ => Self::system(source, "cannot be opened", error),
        }
    }

    pub(crate) fn directory(source: &str) -> Self {
        Self::new(ErrorKind::Directory, source, "this is a directory", "name the capture files in it")
    }

    pub(crate) fn system(source: &str, what: &str, error: &io::Error) -> Self {
        Self::new(ErrorKind::System, source, format!("{what}: {error}"), "")
    }

    /// What sort of fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The file or interface that it is about.
    pub fn subject(&self) -> &str {
        &self.source
    }

    /// What is wrong, without place and mend.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// How to mend it; empty where nobody knows.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// Where: byte offset in the (uncompressed) capture, and how many good packets came before.
    pub fn place(&self) -> Option<(u64, u64)> {
        self.place
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.what)?;
        if let Some((offset, packets)) = self.place {
            write!(f, " (at byte {offset}, after {packets} good {})", if packets == 1 { "packet" } else { "packets" })?;
        }
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

impl Error for CaptureError {}
