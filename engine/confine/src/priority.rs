//! Work that must not slow the inspection down.
#![allow(unsafe_code)]

/// Nice value of a thread that gives way: it gets about a tenth of what a usual one gets (sched(7)).
const GIVES_WAY: libc::c_int = 10;

/// Lets the calling thread, and no other, give way to the usual ones for good; answers whether that took. Linux keeps the value by thread.
pub fn give_way() -> bool {
    // SAFETY: no memory is passed; PRIO_PROCESS with 0 is the calling thread (setpriority(2), "C library/kernel differences").
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, GIVES_WAY) == 0 }
}
