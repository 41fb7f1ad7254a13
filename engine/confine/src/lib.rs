//! What a process gives up for good before it parses what strangers sent: its user, its capabilities, files, network and programs.
//!
//! The process keeps the descriptors that it holds, memory, threads and clocks: enough to read packets from a ring and to answer over
//! a socket. Whoever takes it over by a fault in a parser has nothing more in hand.

mod calls;
mod error;
mod priority;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus};
use nix::sys::prctl;
use nix::unistd::{self, Gid, Uid};

pub use error::ConfineError;
pub use priority::give_way;

/// Confines the whole process to what it has open. Runs as `uid` and `gid` from then on, where it may change them.
///
/// Answers the measures that took: `no_new_privs`, `uid`, `capabilities`, `bounding`, `landlock`, `seccomp`. Those that depend on what
/// the container may do (`uid`: SETUID and SETGID, `bounding`: SETPCAP) or on the kernel (`landlock`) are left out where they are not to
/// be had; that one of the others fails is an error, after which the process must not go on.
///
/// Call it from the first thread while there is no other: what is given up is given up by thread (capabilities(7), landlock(7)).
pub fn confine(uid: u32, gid: u32) -> Result<Vec<&'static str>, ConfineError> {
    prctl::set_no_new_privs().map_err(|error| ConfineError::new("no_new_privs", &error))?;
    let mut taken = vec!["no_new_privs"];
    if no_files_no_network()? {
        taken.push("landlock");
    }
    if caps::clear(None, caps::CapSet::Bounding).is_ok() {
        taken.push("bounding");
    }
    if leave_root(uid, gid)? {
        taken.push("uid");
    }
    drop_capabilities()?;
    taken.push("capabilities");
    calls::restrict()?;
    taken.push("seccomp");
    Ok(taken)
}

/// Becomes another user, without the groups of this one. False: it may not.
fn leave_root(uid: u32, gid: u32) -> Result<bool, ConfineError> {
    if !Uid::effective().is_root() {
        return Ok(true);
    }
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(gid));
    match unistd::setgroups(&[]).and_then(|()| unistd::setresgid(gid, gid, gid)).and_then(|()| unistd::setresuid(uid, uid, uid)) {
        Ok(()) => Ok(true),
        Err(nix::errno::Errno::EPERM) => Ok(false),
        Err(error) => Err(ConfineError::new("uid", &error)),
    }
}

fn drop_capabilities() -> Result<(), ConfineError> {
    for set in [caps::CapSet::Ambient, caps::CapSet::Inheritable, caps::CapSet::Effective, caps::CapSet::Permitted] {
        caps::clear(None, set).map_err(|error| ConfineError::new("capabilities", &error))?;
    }
    Ok(())
}

/// Denies every way to files and TCP ports that the kernel's Landlock knows. False: it has none.
fn no_files_no_network() -> Result<bool, ConfineError> {
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V5)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self)
        .map_err(|error| ConfineError::new("landlock", &error))?;
    Ok(restricted.ruleset != RulesetStatus::NotEnforced)
}
