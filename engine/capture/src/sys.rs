//! The system calls of live capture, each made safe: every `unsafe` block says why it may.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};
use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use crate::bpf::Instruction;

/// Packet type of a frame that an interface sent (PACKET_OUTGOING).
pub(crate) const OUTGOING: u8 = libc::PACKET_OUTGOING;

/// A descriptor of the caller's, duplicated, so that ours may be closed.
pub(crate) fn duplicate(descriptor: c_int) -> io::Result<OwnedFd> {
    // SAFETY: fcntl takes any number and says EBADF to one that is not open.
    let copy = unsafe { libc::fcntl(descriptor, libc::F_DUPFD_CLOEXEC, 0) };
    // SAFETY: a descriptor that the kernel has just made is nobody else's.
    if copy < 0 { Err(io::Error::last_os_error()) } else { Ok(unsafe { OwnedFd::from_raw_fd(copy) }) }
}

/// A packet socket that hears nothing until it is bound.
pub(crate) fn packet_socket() -> io::Result<OwnedFd> {
    // SAFETY: no memory is passed.
    let socket = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK, 0) };
    // SAFETY: a descriptor that the kernel has just made is nobody else's.
    if socket < 0 { Err(io::Error::last_os_error()) } else { Ok(unsafe { OwnedFd::from_raw_fd(socket) }) }
}

/// Has the socket hear every protocol on every interface of its network namespace.
pub(crate) fn bind_to_all(socket: &OwnedFd) -> io::Result<()> {
    // SAFETY: sockaddr_ll is plain numbers, for which zero is a value.
    let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
    // SAFETY: the address outlives the call, and its length is its own.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) })
}

/// Sets a socket option to the bytes of `value`.
pub(crate) fn set_option<T: Copy>(socket: &OwnedFd, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    let (pointer, length) = (std::ptr::from_ref(value).cast::<c_void>(), size_of::<T>() as libc::socklen_t);
    // SAFETY: `value` outlives the call, and the kernel reads `length` bytes of it.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, pointer, length) })
}

/// Replaces the filter of a socket in one step.
pub(crate) fn attach_filter(socket: &OwnedFd, program: &[Instruction]) -> io::Result<()> {
    let length = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    // The kernel only reads the program, though the field of the C struct is not const. `Instruction` has the layout of sock_filter.
    let filter = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut().cast() };
    set_option(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &filter)
}

/// Lets the kernel divide packets among the sockets of a group by `program`; without a `group` one is made. Answers
/// its number, which may be 0.
pub(crate) fn join(socket: &OwnedFd, group: Option<u16>, program: &[Instruction]) -> io::Result<u16> {
    let flags = if group.is_none() { libc::PACKET_FANOUT_FLAG_UNIQUEID } else { 0 };
    let word = u32::from(group.unwrap_or(0)) | (libc::PACKET_FANOUT_CBPF | flags) << 16;
    set_option(socket, libc::SOL_PACKET, libc::PACKET_FANOUT, &word)?;
    if group.is_none() {
        let length = u16::try_from(program.len()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
        let filter = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut().cast() };
        set_option(socket, libc::SOL_PACKET, libc::PACKET_FANOUT_DATA, &filter)?;
    }
    let mut told = [0u32; 1];
    read_option(socket, libc::SOL_PACKET, libc::PACKET_FANOUT, &mut told)?;
    Ok(told[0] as u16)
}

/// Packets that passed the filter, those of them dropped, and how often the queue froze, since the last call.
pub(crate) fn take_statistics(socket: &OwnedFd) -> io::Result<(u32, u32, u32)> {
    let mut counts = [0u32; 3];
    read_option(socket, libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut counts)?;
    Ok((counts[0], counts[1], counts[2]))
}

/// The error that a socket has pending, which this takes off it.
pub(crate) fn take_error(socket: &OwnedFd) -> io::Result<Option<io::Error>> {
    let mut code = [0u32; 1];
    read_option(socket, libc::SOL_SOCKET, libc::SO_ERROR, &mut code)?;
    Ok((code[0] != 0).then(|| io::Error::from_raw_os_error(code[0] as i32)))
}

fn read_option<const N: usize>(socket: &OwnedFd, level: c_int, name: c_int, words: &mut [u32; N]) -> io::Result<()> {
    let mut length = size_of::<[u32; N]>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes into `words`, which is that long.
    check(unsafe { libc::getsockopt(socket.as_raw_fd(), level, name, words.as_mut_ptr().cast(), &raw mut length) })
}

/// Waits until one of these descriptors has something to tell; those that have an error to tell.
pub(crate) fn wait(descriptors: &[c_int], timeout: Duration) -> io::Result<Vec<c_int>> {
    let mut entries: Vec<_> = descriptors.iter().map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }).collect();
    let milliseconds = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: as many entries are passed as there are, and they outlive the call.
    match check(unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, milliseconds) }) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Vec::new()),
        Err(error) => Err(error),
        Ok(()) => Ok(entries.iter().filter(|entry| entry.revents & libc::POLLERR != 0).map(|entry| entry.fd).collect()),
    }
}

/// Interfaces of this thread's network namespace: kernel's index and name.
pub(crate) fn interfaces() -> io::Result<Vec<(u32, String)>> {
    // SAFETY: no memory is passed.
    let list = unsafe { libc::if_nameindex() };
    if list.is_null() {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut entry = list;
    // SAFETY: the list ends with an entry of index 0, and is not freed before the loop ends.
    while let Some(&libc::if_nameindex { if_index, if_name }) = unsafe { entry.as_ref() }.filter(|entry| entry.if_index != 0) {
        // SAFETY: the name of an entry with an index is a C string of the list.
        found.push((if_index, unsafe { CStr::from_ptr(if_name) }.to_string_lossy().into_owned()));
        // SAFETY: behind an entry with an index there is another.
        entry = unsafe { entry.add(1) };
    }
    // SAFETY: the list came from if_nameindex, and nothing of it is kept.
    unsafe { libc::if_freenameindex(list) };
    Ok(found)
}

fn check(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
