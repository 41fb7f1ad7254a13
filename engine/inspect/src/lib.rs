//! Application protocols: a folder each; `probe` (wizard), split into PDUs, parse into named buffers.

mod bounded;
pub mod counters;
mod ftp;
mod imap;
mod line_head;
mod mime;
mod pop;
pub mod registry;
mod smtp;
mod ssl;
pub mod wizard;
pub mod buffer;
pub mod flush_ring;
pub mod http;
pub mod inspector;
pub mod service;

pub use buffer::{BufferId, Buffers};
pub use inspector::{DceFacts, Facts, HttpFacts, Inspection, Inspector, Section, Sink, SipFacts, SslFacts, ssl_states, ssl_versions};
pub use service::Service;
