//! What every source of packets gives.

use wire::LinkType;

use crate::error::CaptureError;

/// Longest frame that is taken, in bytes: what capture programs write at most. A file that says a frame is longer is
/// damaged; a live frame that is longer is cut.
pub const MAX_FRAME: usize = 256 * 1024;

/// One captured frame. Its bytes live until the next one is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// When it was captured, nanoseconds since the epoch (UTC).
    pub time: i64,
    /// What `data` starts with.
    pub link: LinkType,
    /// Bytes as captured, VLAN tags in place.
    pub data: &'a [u8],
    /// Bytes the frame had on the wire; more than `data` where it was cut.
    pub original_len: u32,
    /// Bytes that the interface's own counters show for it: as `original_len`, without a tag that the kernel had taken off.
    pub counted_len: u32,
    /// Kernel's index of the interface, 0 for files.
    pub ifindex: u32,
    /// Number of the interface within its section of a pcapng file, else 0.
    pub interface: u32,
    /// Which way it went, as seen from the interface, where the source says so.
    pub direction: Option<Direction>,
    /// Whether checksums have been filled in. False for what a local stack leaves to hardware: do not verify those.
    pub checksums_ready: bool,
}

/// Which way a frame went, as seen from its interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Received by the interface. On the host's end of a veth: sent by the pod.
    Incoming,
    /// Sent through the interface. On the host's end of a veth: towards the pod.
    Outgoing,
}

/// Gives one frame after another.
pub trait PacketSource {
    /// The next frame. `None`: the file ends here, or nothing more has come in from a live source.
    ///
    /// After an error there are no more frames; those before it are good.
    fn next(&mut self) -> Result<Option<Frame<'_>>, CaptureError>;

    /// Bytes read so far and bytes there are, compressed where the file is; 0 where nobody knows.
    fn position(&self) -> (u64, u64);
}
