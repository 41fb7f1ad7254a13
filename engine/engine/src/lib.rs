//! The façade over all rooms of the engine: [`Engine::process`] takes frames with their times, [`Engine::events`] gives what rules found.
//! Replay and live capture run the same code; nothing here reads a clock, a file or a socket.

mod conversation;
mod counters;
mod describe;
mod engine;
mod event;
mod expectations;
mod links;
mod onlooker;
mod recent;
pub mod report;
mod tracing;
mod trial;
mod world;

pub use counters::Counters;
pub use engine::{ChecksumPolicy, Engine, Mode};
pub use event::{Capture, CapturedPacket, Event, FlowSummary, Headers, HttpSummary, OptionMatch};
pub use links::{Link, Traffic};
pub use recent::{Aftermath, PACKETS, RecentLimits, SNAP};
pub use world::EventQueue;
