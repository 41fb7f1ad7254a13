//! Packets to flows, segments to PDUs: owns every timeout and every memory cap.

pub mod info;
pub mod splitter;
pub mod table;

pub use info::{Endpoint, FlowInfo};
pub use splitter::{Application, Pdu, PduEnd, Scan, ScanAt, Side};
pub use table::{FlowTable, Tracked};
