//! The façade over all rooms of the engine: [`Engine::process`] takes frames with their times, [`Engine::events`] gives what rules found.
//! Replay and live capture run the same code; nothing here reads a clock, a file or a socket.

mod account;
mod admission;
mod budget;
mod conversation;
mod counters;
mod describe;
mod edge;
mod engine;
mod event;
mod expectations;
mod filters;
mod gather;
mod links;
mod onlooker;
mod recent;
pub mod report;
pub mod settings;
mod shedding;
mod told;
mod tracing;
mod trial;
mod world;

pub use account::{Account, Amount, ShedAmounts};
pub use budget::Budget;
pub use counters::Counters;
pub use engine::Engine;
pub use event::{Capture, CapturedPacket, Event, FlowSummary, Headers, HttpSummary, OptionMatch};
pub use gather::{Gather, Gathered, lane};
pub use links::{Link, Traffic};
pub use recent::{Aftermath, PACKETS, RecentLimits, SNAP};
pub use settings::{ChecksumPolicy, Mode, Settings};
pub use shedding::{BULK, FIRST, LONG, Pressure, Shed};
pub use world::EventQueue;
