//! What became of every frame, to the packet and the byte: inspected, skipped by a rule of ours, or shed under load. Together they are what
//! was taken from the source; what the kernel dropped before is told by the source itself ([`capture::Statistics`]).

use serde::{Serialize, Serializer};

use crate::shedding::Shed;

/// Packets, and their bytes as the interface counts them.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq)]
pub struct Amount {
    /// Packets.
    pub packets: u64,
    /// Bytes of their frames on the wire.
    pub bytes: u64,
}

impl Amount {
    pub(crate) fn add(&mut self, bytes: u32) {
        self.packets += 1;
        self.bytes += u64::from(bytes);
    }

    /// Both amounts.
    pub fn plus(self, other: Self) -> Self {
        Self { packets: self.packets + other.packets, bytes: self.bytes + other.bytes }
    }

    fn without(self, other: Self) -> Self {
        Self { packets: self.packets.saturating_sub(other.packets), bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// What became of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Rules have looked at it.
    Inspected,
    /// There is nothing in it for rules, or another link shows it, or its flow was given up after a fault.
    Skipped,
    /// There was no time for it.
    Shed(Shed),
}

/// Amounts shed, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShedAmounts(pub [Amount; Shed::ALL.len()]);

impl Serialize for ShedAmounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Shed::ALL.iter().map(|reason| (reason.name(), self.0[*reason as usize])))
    }
}

/// The account. What is inspected is what is left of all, so that the usual packet costs one addition.
#[derive(Debug, Clone, Copy, Default, Serialize, PartialEq, Eq)]
pub struct Account {
    /// Everything that was taken from the source.
    pub seen: Amount,
    /// Of that, what was skipped.
    pub skipped: Amount,
    /// Of that, what was shed.
    pub shed: ShedAmounts,
}

impl Account {
    /// What rules have looked at.
    pub fn inspected(&self) -> Amount {
        self.shed.0.iter().fold(self.seen.without(self.skipped), |left, shed| left.without(*shed))
    }

    /// What was shed, for whatever reason.
    pub fn shed(&self) -> Amount {
        self.shed.0.iter().fold(Amount::default(), |all, shed| all.plus(*shed))
    }

    /// Notes what did not come to be inspected.
    pub(crate) fn leave_out(&mut self, fate: Fate, bytes: u32) {
        match fate {
            Fate::Inspected => {}
            Fate::Skipped => self.skipped.add(bytes),
            Fate::Shed(reason) => self.shed.0[reason as usize].add(bytes),
        }
    }

    /// Both accounts as one: of two workers.
    pub fn plus(&self, other: &Self) -> Self {
        let mut shed = self.shed;
        shed.0.iter_mut().zip(other.shed.0).for_each(|(mine, theirs)| *mine = mine.plus(theirs));
        Self { seen: self.seen.plus(other.seen), skipped: self.skipped.plus(other.skipped), shed }
    }
}
