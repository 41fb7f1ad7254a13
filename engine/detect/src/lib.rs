//! Syntax trees to an immutable [`RuleSet`], and its evaluation: the prefilter names candidates, then each is held against the
//! packet or PDU exactly as Snort would. `options/` has a file a keyword.

pub mod action;
pub mod arguments;
pub mod classification;
mod commonplace;
mod compiler;
pub mod context;
pub mod cursor;
mod detect;
pub mod diagnose;
pub mod draft;
mod evaluate;
mod fast_pattern;
pub mod finder;
pub mod header;
mod load;
pub mod options;
mod port_classes;
pub mod prefilter;
pub mod profile;
pub mod rule;
mod rule_set;
mod scratch;
pub mod selection;
pub mod state;
pub mod step;
pub mod subject;
pub mod trace;
mod untried;
pub mod variables;
pub mod watch;

pub use action::Action;
pub use detect::Match;
pub use load::{Loaded, Refusal, load};
pub use profile::{Cost, Profile};
pub use rule::{About, Rule, RuleId, StepText};
pub use rule_set::{RuleSet, USUAL_PORTS};
pub use scratch::{Counters, Scratch};
pub use selection::Selection;
pub use state::FlowState;
pub use step::Found;
pub use subject::{Kind, Subject};
pub use trace::Trace;
pub use untried::Untried;
pub use variables::Variables;
pub use watch::{Outcome, Watch};
