//! Capture files: what is common to pcap and pcapng.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wire::LinkType;

use crate::compressed;
use crate::error::{CaptureError, ErrorKind};
use crate::looks;
use crate::pcap::Pcap;
use crate::pcapng::Pcapng;
use crate::source::{Direction, Frame, PacketSource};
use crate::sys;
use crate::window::{Counting, Window};

/// Bytes by which a file that is no capture is recognised.
const FIRST_BYTES: usize = 512;

/// Packets of a capture file or stream, as they come; holds one window of it in memory.
pub struct FileSource {
    name: String,
    window: Window,
    format: Format,
    /// Good packets so far.
    packets: u64,
    /// After an error or the end.
    done: bool,
    read: Arc<AtomicU64>,
    total: u64,
    compressed: bool,
}

#[derive(Debug)]
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

/// A packet that a format has passed in the window: `length` bytes of data, then `after` bytes of trailer.
#[derive(Debug)]
pub(crate) struct Found {
    pub time: i64,
    pub link: LinkType,
    pub length: usize,
    pub after: usize,
    pub original_len: u32,
    pub interface: u32,
    pub direction: Option<Direction>,
}

/// What a format finds wrong, yet without its place.
#[derive(Debug)]
pub(crate) enum Fault {
    Truncated(&'static str),
    Damaged(String),
    Unsupported(String),
    Read(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::Read(error)
    }
}

/// Opens a capture file. A named pipe is waited for.
pub fn open(path: impl AsRef<Path>) -> Result<FileSource, CaptureError> {
    let name = path.as_ref().display().to_string();
    let file = File::open(&path).map_err(|error| CaptureError::opening(&name, &error))?;
    from_file(file, &name)
}

/// Reads a capture from a file descriptor, such as 0 for standard input. It is duplicated: the caller keeps his own.
pub fn from_fd(descriptor: i32, name: &str) -> Result<FileSource, CaptureError> {
    let file = sys::duplicate(descriptor).map_err(|error| CaptureError::opening(name, &error))?;
    from_file(File::from(file), name)
}

fn from_file(file: File, name: &str) -> Result<FileSource, CaptureError> {
    let metadata = file.metadata().map_err(|error| CaptureError::opening(name, &error))?;
    if metadata.is_dir() {
        return Err(CaptureError::directory(name));
    }
    let total = if metadata.is_file() { metadata.len() } else { 0 };
    FileSource::new(file, name, total)
}

/// Reads a capture from any stream; `name` is what errors call it.
pub fn from_reader(stream: impl Read + Send + 'static, name: &str) -> Result<FileSource, CaptureError> {
    FileSource::new(stream, name, 0)
}

impl FileSource {
    fn new(stream: impl Read + Send + 'static, name: &str, total: u64) -> Result<Self, CaptureError> {
        let read = Arc::new(AtomicU64::new(0));
        let counting = Counting { stream, count: read.clone() };
        let (stream, compressed) = compressed::unpack(counting).map_err(|error| fault_of(Fault::Read(error), name, 0, 0))?;
        let mut window = Window::new(stream);
        let format = format(&mut window, name)?;
        Ok(FileSource { name: name.into(), window, format, packets: 0, done: false, read, total, compressed })
    }

    /// Good packets given so far.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    #[cold]
    fn fail(&mut self, fault: Fault) -> CaptureError {
        self.done = true;
        // Formats stay in front of what they cannot read.
        fault_of(fault, &self.name, self.window.offset(), self.packets)
    }
}

/// Recognises the format and reads its header.
fn format(window: &mut Window, name: &str) -> Result<Format, CaptureError> {
    let magic = window.fill(4).map_err(|error| fault_of(Fault::Read(error), name, 0, 0))?;
    if magic.is_empty() {
        return Err(CaptureError::new(ErrorKind::Empty, name, "the file is empty", "capture again, or check how it was copied"));
    }
    if Pcapng::begins(magic) {
        return Ok(Format::Pcapng(Pcapng::new()));
    }
    if Pcap::begins(magic) {
        return Pcap::open(window).map(Format::Pcap).map_err(|fault| fault_of(fault, name, 0, 0));
    }
    let first = window.fill(FIRST_BYTES).map_err(|error| fault_of(Fault::Read(error), name, 0, 0))?;
    let (looks, mend) = looks::like(first);
    Err(CaptureError::new(ErrorKind::NotACapture, name, format!("this is no capture file: {looks}"), mend))
}

fn fault_of(fault: Fault, name: &str, offset: u64, packets: u64) -> CaptureError {
    let (kind, what, mend) = match fault {
        Fault::Truncated(what) => (ErrorKind::Truncated, what.into(), "what came before is good; copy or capture it again for the rest"),
        Fault::Damaged(what) => (ErrorKind::Damaged, format!("damaged: {what}"), "what came before is good; copy or capture it again"),
        Fault::Unsupported(what) => (ErrorKind::Unsupported, what, "convert it: editcap -F pcapng FILE FILE.pcapng"),
        Fault::Read(error) if compressed::ended_early(&error) => {
            (ErrorKind::Truncated, "the compressed file ends early".into(), "what came before is good; copy it again for the rest")
        }
        // An operating system's error has a number, a decoder's has none.
        Fault::Read(error) if error.raw_os_error().is_some() => (ErrorKind::System, format!("cannot be read: {error}"), ""),
        Fault::Read(error) => (ErrorKind::Damaged, format!("cannot be unpacked: {error}"), "what came before is good; copy it again"),
    };
    CaptureError::new(kind, name, what, mend).at(offset, packets)
}

impl PacketSource for FileSource {
    #[inline]
    fn next(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        if self.done {
            return Ok(None);
        }
        let found = match &mut self.format {
            Format::Pcap(pcap) => pcap.next(&mut self.window),
            Format::Pcapng(pcapng) => pcapng.next(&mut self.window),
        };
        match found {
            Ok(Some(found)) => {
                self.packets += 1;
                Ok(Some(frame(&self.window, &found)))
            }
            Ok(None) => {
                self.done = true;
                Ok(None)
            }
            Err(fault) => Err(self.fail(fault)),
        }
    }

    fn position(&self) -> (u64, u64) {
        let read = self.read.load(Ordering::Relaxed);
        (if self.compressed { read } else { read.saturating_sub(self.window.ahead()) }, self.total)
    }
}

#[inline]
fn frame<'a>(window: &'a Window, found: &Found) -> Frame<'a> {
    let data = &window.passed(found.length + found.after)[..found.length];
    Frame {
        time: found.time,
        link: found.link,
        data,
        original_len: found.original_len,
        counted_len: found.original_len,
        ifindex: 0,
        interface: found.interface,
        direction: found.direction.or_else(|| cooked_direction(found.link, data)),
        checksums_ready: false, // a file does not tell which the sender's network card filled in later
    }
}

/// Linux cooked captures tell the direction in their header.
#[inline]
fn cooked_direction(link: LinkType, data: &[u8]) -> Option<Direction> {
    let packet_type = match link {
        LinkType::LINUX_SLL => data.get(1),
        LinkType::LINUX_SLL2 => data.get(10),
        _ => None,
    }?;
    Some(if *packet_type == sys::OUTGOING { Direction::Outgoing } else { Direction::Incoming })
}
