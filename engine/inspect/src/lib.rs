//! Application protocols: a folder each; `probe` (wizard), split into PDUs, parse into named buffers.

pub mod buffer;
pub mod inspector;
pub mod service;

pub use buffer::{BufferId, Buffers};
pub use inspector::{DceFacts, Facts, HttpFacts, Inspection, Inspector, Section, Sink, SipFacts, SslFacts, ssl_states, ssl_versions};
pub use service::Service;
