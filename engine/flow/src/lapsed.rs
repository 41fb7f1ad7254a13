//! Which flows ended lately because they were idle. Snort keeps what it knows of a connection past its timeout: its next segment, though
//! it begins a new flow in midstream, is one of an established connection (seen by running: set `wide`, mode `slow`).

/// Flows remembered; a later one takes the place of one that falls on the same number.
const REMEMBERED: usize = 256;

/// The hashes of flows that timed out, of a bounded number.
#[derive(Debug)]
pub(crate) struct Lapsed(Box<[u64; REMEMBERED]>);

impl Default for Lapsed {
    fn default() -> Self {
        Self(Box::new([0; REMEMBERED]))
    }
}

impl Lapsed {
    fn place(&mut self, hash: u64) -> &mut u64 {
        &mut self.0[hash as usize % REMEMBERED]
    }

    /// A flow of this hash timed out.
    pub fn note(&mut self, hash: u64) {
        *self.place(hash) = hash;
    }

    /// Whether a flow of this hash timed out; forgets it.
    pub fn take(&mut self, hash: u64) -> bool {
        let place = self.place(hash);
        let found = *place == hash && hash != 0;
        if found {
            *place = 0;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Lapsed;

    #[test]
    fn a_flow_is_remembered_once_and_until_another_takes_its_place() {
        let mut lapsed = Lapsed::default();
        lapsed.note(7);
        assert_eq!([lapsed.take(7), lapsed.take(7), lapsed.take(0)], [true, false, false]);
        lapsed.note(7);
        lapsed.note(7 + 256);
        assert_eq!([lapsed.take(7), lapsed.take(7 + 256)], [false, true]);
    }
}
