//! Frames to packets: stateless decoding, every anomaly named. First room on a packet's way.
//!
//! `decode` takes one captured frame and gives a [`Packet`]; it never fails: what cannot be decoded is
//! left out of the packet and named in its [`Anomalies`].

pub mod anomaly;
pub mod packet;

pub use anomaly::{Anomalies, Anomaly};
pub use packet::{Ethernet, Fragment, Icmp, Ip, L4, Packet, Tcp, Udp, tcp_flags};
