//! One protocol a file, each of the same shape: `decode` takes its header off the walk's rest, notes what it
//! says in the packet, and answers what comes next.

pub(crate) mod ah;
pub(crate) mod cooked;
pub(crate) mod ethernet;
pub(crate) mod extension;
pub(crate) mod geneve;
pub(crate) mod gre;
pub(crate) mod gtp;
pub(crate) mod icmp;
pub(crate) mod ipv4;
pub(crate) mod ipv6;
pub(crate) mod loopback;
pub(crate) mod mpls;
pub(crate) mod ppp;
pub(crate) mod tcp;
pub(crate) mod teredo;
pub(crate) mod udp;
pub(crate) mod vlan;
pub(crate) mod vxlan;
