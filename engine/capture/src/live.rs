//! Live capture: one ring for all interfaces, a filter in the kernel that picks out those wanted.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::time::Duration;

use wire::LinkType;

use crate::bpf;
use crate::error::{CaptureError, ErrorKind};
use crate::ring::Ring;
use crate::source::{Direction, Frame, MAX_FRAME, PacketSource};
use crate::sys;

/// Sizes of a ring, in MiB.
const RING_SIZES: std::ops::RangeInclusive<u32> = 2..=1024;

/// What errors call it.
const NAME: &str = "live capture";

/// Packets of the interfaces of this machine, as they come.
pub struct Live {
    socket: OwnedFd,
    ring: Ring,
    interfaces: Vec<(u32, String)>,
    statistics: Statistics,
    bytes: u64,
    /// The number by which packets go that were captured inside a pod's network namespace.
    inside: Option<u32>,
}

/// Counts since the capture was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Packets that passed the filter and were put into the ring.
    pub received: u64,
    /// Packets that passed the filter while the ring was full, and were lost.
    pub dropped: u64,
    /// How often the ring was full.
    pub ring_full: u64,
    /// How often an interface went down under the capture.
    pub interfaces_down: u64,
}

/// Interfaces of this thread's network namespace: kernel's index and name.
pub fn interfaces() -> Result<Vec<(u32, String)>, CaptureError> {
    sys::interfaces().map_err(|error| CaptureError::system(NAME, "the interfaces cannot be listed", &error))
}

impl Live {
    /// Captures from `interfaces` (by name) into a ring of `ring_mib` MiB (2 to 1024); only TCP and UDP that have one of
    /// `ports` at either end, where there are any. No interface at all is allowed: see [`Live::set_filter`].
    ///
    /// Needs CAP_NET_RAW here; not any more once it is open.
    pub fn open(interfaces: &[String], ports: &[u16], ring_mib: u32) -> Result<Live, CaptureError> {
        check_size(ring_mib)?;
        let found = find(interfaces)?;
        let indexes: Vec<u32> = found.iter().map(|(index, _)| *index).collect();
        let socket = sys::packet_socket().map_err(|error| opening(&error))?;
        let ring = Ring::new(&socket, ring_mib).map_err(|error| no_ring(ring_mib, &error))?;
        // From here on nothing of another interface may come in, not even one packet.
        sys::attach_filter(&socket, &bpf::nothing()).map_err(|error| no_filter(&error))?;
        sys::bind_to_all(&socket).map_err(|error| opening(&error))?;
        let mut live = Live { socket, ring, interfaces: found, statistics: Statistics::default(), bytes: 0, inside: None };
        live.set_filter(&indexes, ports)?;
        Ok(live)
    }

    /// The same with so many rings of `ring_mib` MiB each, among which the kernel divides the packets: all of those between two addresses come
    /// to one of them ([`crate::spread`]).
    pub fn open_many(interfaces: &[String], ports: &[u16], ring_mib: u32, rings: usize) -> Result<Vec<Live>, CaptureError> {
        let mut all = (0..rings.max(1)).map(|_| Live::open(&[], ports, ring_mib)).collect::<Result<Vec<_>, _>>()?;
        let found = find(interfaces)?;
        let indexes: Vec<u32> = found.iter().map(|(index, _)| *index).collect();
        let mut group = None;
        if all.len() > 1 {
            for live in &all {
                let joined = sys::join(&live.socket, group, &bpf::fanout());
                let no = |error: io::Error| CaptureError::system(NAME, "the kernel does not divide packets among rings", &error);
                group = Some(joined.map_err(no)?);
            }
        }
        for live in &mut all {
            live.interfaces.clone_from(&found);
            live.set_filter(&indexes, ports)?;
        }
        Ok(all)
    }

    /// Captures inside another network namespace, by a packet socket that was made there and that hears nothing yet: all its interfaces
    /// but loopback. The descriptor stays the caller's. Packets carry `ifindex`, a number of the caller's choice. Needs no privilege.
    pub fn adopt(descriptor: RawFd, ifindex: u32, ring_mib: u32) -> Result<Live, CaptureError> {
        check_size(ring_mib)?;
        let socket = sys::duplicate(descriptor).map_err(|error| CaptureError::system(NAME, "no socket was handed over", &error))?;
        let ring = Ring::new(&socket, ring_mib).map_err(|error| no_ring(ring_mib, &error))?;
        sys::attach_filter(&socket, &bpf::all_but_loopback()).map_err(|error| no_filter(&error))?;
        sys::bind_to_all(&socket).map_err(|error| opening(&error))?;
        Ok(Live { socket, ring, interfaces: Vec::new(), statistics: Statistics::default(), bytes: 0, inside: Some(ifindex) })
    }

    /// The number that [`Live::adopt`] was given.
    pub fn inside(&self) -> Option<u32> {
        self.inside
    }

    /// Changes what is captured to other interfaces (kernel's indexes) and ports, in one step. Needs no privilege.
    ///
    /// What the old filter let through before may still come.
    pub fn set_filter(&mut self, ifindexes: &[u32], ports: &[u16]) -> Result<(), CaptureError> {
        let program = bpf::program(ifindexes, ports);
        if program.len() > bpf::MAX_INSTRUCTIONS {
            let what = format!("{} interfaces and {} ports are more than the kernel's filter takes", ifindexes.len(), ports.len());
            return Err(CaptureError::new(ErrorKind::TooLarge, NAME, what, "monitor fewer interfaces or ports"));
        }
        sys::attach_filter(&self.socket, &program).map_err(|error| no_filter(&error))
    }

    /// Waits for packets; whether there are some to take with [`PacketSource::next`].
    pub fn poll(&mut self, timeout: Duration) -> Result<bool, CaptureError> {
        if self.ring.ready() {
            return Ok(true);
        }
        let troubled = wait(&[self.socket.as_raw_fd()], timeout)?;
        self.ready(&troubled)
    }

    /// Whether there are packets to take, after [`wait`] has answered `troubled`.
    pub fn ready(&mut self, troubled: &[RawFd]) -> Result<bool, CaptureError> {
        if troubled.contains(&self.socket.as_raw_fd()) {
            self.survive(sys::take_error(&self.socket).map_err(|error| no_wait(&error))?)?;
        }
        Ok(self.ring.ready())
    }

    /// An interface that goes down, as when its pod dies, is no reason to stop listening to the others.
    fn survive(&mut self, error: Option<io::Error>) -> Result<(), CaptureError> {
        match error {
            None => Ok(()),
            Some(error) if error.raw_os_error() == Some(libc::ENETDOWN) => {
                self.statistics.interfaces_down += 1;
                Ok(())
            }
            Some(error) => Err(CaptureError::system(NAME, "the socket failed", &error)),
        }
    }

    /// Counts since the capture was opened.
    pub fn statistics(&mut self) -> Result<Statistics, CaptureError> {
        let (passed, dropped, frozen) =
            sys::take_statistics(&self.socket).map_err(|error| CaptureError::system(NAME, "no statistics", &error))?;
        // The kernel counts those dropped among those passed, and forgets what it has told.
        self.statistics.received += u64::from(passed.saturating_sub(dropped));
        self.statistics.dropped += u64::from(dropped);
        self.statistics.ring_full += u64::from(frozen);
        Ok(self.statistics)
    }

    /// How far the ring is filled, 0 (empty) to 255, as of the block that is being read.
    #[inline]
    pub fn filled(&self) -> u8 {
        self.ring.filled()
    }

    /// The interfaces that were named when it was opened: kernel's index and name.
    pub fn interfaces(&self) -> &[(u32, String)] {
        &self.interfaces
    }

    /// Bytes of memory of the ring, which the kernel counts against nobody's limit.
    pub fn ring_bytes(&self) -> usize {
        self.ring.size()
    }
}

impl AsRawFd for Live {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

impl PacketSource for Live {
    #[inline]
    fn next(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        let Some(slot) = self.ring.next() else {
            return Ok(None);
        };
        let (link, data) = match slot.hardware {
            // Ethernet and loopback, which frames as Ethernet does.
            libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => (LinkType::ETHERNET, slot.link),
            // Tunnels, WireGuard, PPP: what is in front of IP differs, and the kernel says where it ends.
            _ => (LinkType::RAW, slot.network),
        };
        let data = &data[..data.len().min(MAX_FRAME)];
        self.bytes += data.len() as u64;
        Ok(Some(Frame {
            time: i64::from(slot.seconds) * 1_000_000_000 + i64::from(slot.nanoseconds),
            link,
            data,
            original_len: slot.original_len,
            counted_len: slot.counted_len,
            ifindex: self.inside.unwrap_or(slot.ifindex),
            interface: 0,
            // What leaves by the pod's own end comes in by the host's.
            direction: Some(if (slot.packet_type == sys::OUTGOING) != self.inside.is_some() {
                Direction::Outgoing
            } else {
                Direction::Incoming
            }),
            checksums_ready: slot.status & libc::TP_STATUS_CSUMNOTREADY == 0,
        }))
    }

    fn position(&self) -> (u64, u64) {
        (self.bytes, 0)
    }
}

/// Waits until one of several captures has something to tell; answers those that have an error to tell, see [`Live::ready`].
pub fn wait(descriptors: &[RawFd], timeout: Duration) -> Result<Vec<RawFd>, CaptureError> {
    sys::wait(descriptors, timeout).map_err(|error| no_wait(&error))
}

fn check_size(ring_mib: u32) -> Result<(), CaptureError> {
    if RING_SIZES.contains(&ring_mib) {
        return Ok(());
    }
    let mend = format!("choose {} to {} MiB", RING_SIZES.start(), RING_SIZES.end());
    Err(CaptureError::new(ErrorKind::TooLarge, NAME, format!("a ring of {ring_mib} MiB is not possible"), mend))
}

fn no_wait(error: &io::Error) -> CaptureError {
    CaptureError::system(NAME, "cannot wait for packets", error)
}

/// Kernel's indexes of the interfaces named.
fn find(names: &[String]) -> Result<Vec<(u32, String)>, CaptureError> {
    let there = interfaces()?;
    let find = |name: &String| there.iter().find(|(_, known)| known == name).cloned().ok_or_else(|| unknown(name, &there));
    names.iter().map(find).collect()
}

fn unknown(name: &str, there: &[(u32, String)]) -> CaptureError {
    let names: Vec<&str> = there.iter().map(|(_, name)| name.as_str()).collect();
    CaptureError::new(ErrorKind::NoInterface, name, "no such interface", format!("there are: {}", names.join(", ")))
}

fn opening(error: &io::Error) -> CaptureError {
    match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => CaptureError::new(
            ErrorKind::Permission,
            NAME,
            "capturing needs CAP_NET_RAW",
            "run as root, or give the program the capability: setcap cap_net_raw+ep PROGRAM",
        ),
        _ => CaptureError::system(NAME, "no packet socket", error),
    }
}

fn no_ring(mib: u32, error: &io::Error) -> CaptureError {
    CaptureError::new(ErrorKind::System, NAME, format!("no ring of {mib} MiB: {error}"), "choose a smaller ring, or free memory")
}

fn no_filter(error: &io::Error) -> CaptureError {
    let mend = "raise net.core.optmem_max, or monitor fewer interfaces or ports";
    CaptureError::new(ErrorKind::System, NAME, format!("the kernel refuses the filter: {error}"), mend)
}

/// The clock that stamps packets, in nanoseconds since the epoch.
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}
