//! The system calls that are left (seccomp(2)). What is not named fails with EPERM, so that a library which tries something harmless
//! goes on; what only an intruder would try ends the process.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, apply_filter_all_threads,
};

use crate::error::ConfineError;

/// Memory, threads, clocks, signals, and reading, writing and waiting on what is open.
const ALLOWED: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fcntl,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_get_robust_list,
    libc::SYS_getcpu,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_getuid,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mincore,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pread64,
    libc::SYS_pselect6,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    libc::SYS_sigaltstack,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_write,
    libc::SYS_writev,
    // A socket handed over for capture is bound after that.
    libc::SYS_bind,
    // Refused by the filter below, in the way that makes the C library use clone, whose flags can be looked at.
    libc::SYS_clone3,
];

#[cfg(target_arch = "x86_64")]
const ALLOWED_HERE: &[c_long] = &[
    libc::SYS_arch_prctl,
    libc::SYS_dup2,
    libc::SYS_epoll_wait,
    libc::SYS_getrlimit,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_time,
];
#[cfg(not(target_arch = "x86_64"))]
const ALLOWED_HERE: &[c_long] = &[];

/// What no part of an inspector ever does.
const FATAL: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_open_by_handle_at,
];

/// Installs the filters for every thread.
pub fn restrict() -> Result<(), ConfineError> {
    let any = |calls: &[c_long]| calls.iter().map(|call| (*call, Vec::new())).collect::<BTreeMap<_, _>>();
    let mut allowed = any(ALLOWED);
    allowed.extend(any(ALLOWED_HERE));
    allowed.insert(libc::SYS_clone, vec![thread_only()?]);
    // A signal to one's own threads ends the process (abort(3)); one to any other process of the same user is an attack on it.
    allowed.insert(libc::SYS_tgkill, vec![first_is(u64::from(std::process::id()))?]);
    // Limits of itself, which the C library asks for when it makes a thread; another process is named by its number.
    allowed.insert(libc::SYS_prlimit64, vec![first_is(0)?]);
    // A thread that compiles other rules gives way to the one that inspects; itself, and nobody else.
    allowed.insert(libc::SYS_setpriority, vec![own_priority()?]);
    install(any(FATAL), SeccompAction::Allow, SeccompAction::KillProcess)?;
    install(any(&[libc::SYS_clone3]), SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))?;
    install(allowed, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)
}

/// `clone` makes threads, no processes.
fn thread_only() -> Result<SeccompRule, ConfineError> {
    let thread = libc::CLONE_THREAD as u64;
    SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(thread), thread)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(|error| failed(&error))
}

/// `setpriority` of the calling thread (PRIO_PROCESS is 0, and so is the number that means the caller).
fn own_priority() -> Result<SeccompRule, ConfineError> {
    let zero = |argument| SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, 0).map_err(|error| failed(&error));
    SeccompRule::new(vec![zero(0)?, zero(1)?]).map_err(|error| failed(&error))
}

/// The call's first argument, a process, is that number.
fn first_is(process: u64) -> Result<SeccompRule, ConfineError> {
    SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, process)
        .and_then(|condition| SeccompRule::new(vec![condition]))
        .map_err(|error| failed(&error))
}

fn install(calls: BTreeMap<i64, Vec<SeccompRule>>, other: SeccompAction, these: SeccompAction) -> Result<(), ConfineError> {
    let architecture = std::env::consts::ARCH.try_into().map_err(|error| failed(&error))?;
    let filter = SeccompFilter::new(calls, other, these, architecture).map_err(|error| failed(&error))?;
    let program: BpfProgram = filter.try_into().map_err(|error| failed(&error))?;
    apply_filter_all_threads(&program).map_err(|error| failed(&error))
}

fn failed(error: &dyn std::fmt::Display) -> ConfineError {
    ConfineError::new("seccomp", error)
}
