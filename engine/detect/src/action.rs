//! What a rule asks for when it matches (Snort 3 manual, "rule actions"), and which of several actions on the same bytes counts.

use std::str::FromStr;

/// The first word of a rule. A passive sensor alerts on all but `log` and `pass`: nothing is held back, changed or answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
pub enum Action {
    /// Nothing else is said of these bytes.
    Pass,
    /// Would end the session and answer with a reset.
    Reject,
    /// Would drop this packet and all later ones of the flow.
    Block,
    /// Would drop this packet.
    Drop,
    /// Would answer the client with a page.
    React,
    /// Would change the packet.
    Rewrite,
    /// Alerts.
    #[default]
    Alert,
    /// Writes the packet to packet logs, without an alert.
    Log,
}

impl Action {
    /// Every action, in the order in which Snort looks at them by default (`alerts.order`).
    pub const ALL: [Self; 8] = [Self::Pass, Self::Reject, Self::Block, Self::Drop, Self::React, Self::Rewrite, Self::Alert, Self::Log];

    /// As rules write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Reject => "reject",
            Self::Block => "block",
            Self::Drop => "drop",
            Self::React => "react",
            Self::Rewrite => "rewrite",
            Self::Alert => "alert",
            Self::Log => "log",
        }
    }

    /// Whether it raises an alert.
    pub fn alerts(self) -> bool {
        !matches!(self, Self::Pass | Self::Log)
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("`{text}` is no rule action: use {}", Self::ALL.map(Self::name).join(", "));
        Self::ALL.into_iter().find(|action| action.name() == text).ok_or_else(unknown)
    }
}
