//! Which flows ended lately because they were idle. Snort keeps what it knows of a connection past its timeout: its next segment, though
//! it begins a new flow in midstream, is one of an established connection (seen by running: set `wide`, mode `slow`).

use crate::key::FlowKey;

/// Flows remembered; a later one takes the place of the oldest.
const REMEMBERED: usize = 256;

/// The flows that timed out last, of a bounded number.
#[derive(Debug, Default)]
pub(crate) struct Lapsed {
    keys: Vec<Option<FlowKey>>,
    /// Place of the oldest once all are taken.
    oldest: usize,
}

impl Lapsed {
    /// A flow timed out.
    pub fn note(&mut self, key: FlowKey) {
        if self.keys.len() < REMEMBERED {
            return self.keys.push(Some(key));
        }
        self.keys[self.oldest] = Some(key);
        self.oldest = (self.oldest + 1) % REMEMBERED;
    }

    /// Whether a flow timed out; forgets it.
    pub fn take(&mut self, key: FlowKey) -> bool {
        let place = self.keys.iter_mut().find(|noted| **noted == Some(key));
        place.is_some_and(|noted| noted.take().is_some())
    }
}
