//! Packets to flows, segments to PDUs: owns every timeout and every memory cap.
//!
//! [`Defragmenter`] makes whole datagrams of fragments; [`FlowTable::process`] finds the flow of a packet, reassembles TCP and hands
//! each PDU to the flow's [`Application`]. All time comes as an argument, so a replay gives what live capture gave.

mod ages;
pub mod counters;
pub mod defrag;
mod entry;
pub mod info;
pub mod key;
mod lapsed;
pub mod limits;
pub mod splitter;
mod sweep;
pub mod table;
mod tcp;

pub use counters::{DefragCounters, FlowCounters};
pub use defrag::{DefragLimits, Defragmenter};
pub use info::{Endpoint, FlowInfo};
pub use key::{FlowKey, Kind};
pub use limits::FlowLimits;
pub use splitter::{Application, Pdu, PduEnd, Scan, ScanAt, Side};
pub use table::{FlowTable, Tracked};
