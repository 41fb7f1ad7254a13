//! Where packets come from: capture files and live interfaces. First door of the engine, and the only crate
//! that reads files, sockets or the clock of a packet.
//!
//! [`open`], [`from_fd`] and [`from_reader`] give a [`FileSource`] (pcap or pcapng, plain, gzip or zstd);
//! [`Live`] captures from the interfaces of this machine. Both are a [`PacketSource`].

mod bpf;
mod bytes;
mod compressed;
mod error;
mod file;
mod live;
mod looks;
mod pcap;
mod pcapng;
mod ring;
mod source;
mod sys;
mod window;

pub use bpf::spread;
pub use error::{CaptureError, ErrorKind};
pub use file::{FileSource, from_fd, from_reader, open};
pub use live::{Live, Statistics, interfaces, now, wait};
pub use source::{Direction, Frame, MAX_FRAME, PacketSource};
