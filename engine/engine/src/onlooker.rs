//! Who looks on while an engine detects, where somebody asked for it: a trace of chosen rules, or a profile of all.

use detect::{FlowState, Match, Profile, RuleSet, Scratch, Subject};

use crate::tracing::Tracing;
use crate::world::WirePacket;

/// Somebody who looks on.
#[derive(Debug)]
pub enum Onlooker {
    /// The trials of chosen rules.
    Trace(Tracing),
    /// What every rule costs.
    Profile(Profile),
}

impl Onlooker {
    /// Detection under their eyes.
    pub fn detect(
        &mut self,
        rules: &RuleSet,
        subject: &Subject<'_>,
        state: Option<&mut FlowState>,
        scratch: &mut Scratch,
        matches: &mut Vec<Match>,
    ) {
        match self {
            Self::Trace(tracing) => rules.detect_watched(subject, state, scratch, matches, &mut tracing.trace),
            Self::Profile(profile) => rules.detect_watched(subject, state, scratch, matches, profile),
        }
    }

    /// The unit is over; of its matches these raised no alert, because the rule had raised one on the same bytes before.
    pub fn after(&mut self, rules: &RuleSet, subject: &Subject<'_>, state: Option<&FlowState>, wire: &WirePacket<'_>, repeated: &[u32]) {
        if let Self::Trace(tracing) = self {
            tracing.after(rules, subject, state, wire, repeated);
        }
    }
}
