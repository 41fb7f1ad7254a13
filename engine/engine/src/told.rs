//! Rules that were told of on some bytes, so that they are not told again where the same bytes come another time: as a PDU after its raw
//! packets (Snort notes 3.5), across the edge of a body's pieces, in another reading.

/// A rule, by number and not by index: the rules may be reloaded meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// Generator.
    pub gid: u32,
    /// Signature.
    pub sid: u32,
    /// It was, for certain: nobody who gathers the events of several workers leaves it out.
    pub sure: bool,
}

/// The rule among those that were told; for certain where one of them says so.
pub(crate) fn find(told: &[Told], (gid, sid): (u32, u32)) -> Option<Told> {
    told.iter().filter(|told| (told.gid, told.sid) == (gid, sid)).max_by_key(|told| told.sure).copied()
}

/// Notes that a rule was told of on a raw packet; answers whether it is the first time.
pub(crate) fn note(known: &mut Vec<Told>, told: Told) -> bool {
    match known.iter_mut().find(|known| (known.gid, known.sid) == (told.gid, told.sid)) {
        Some(known) => {
            known.sure |= told.sure;
            false
        }
        None => {
            known.push(told);
            true
        }
    }
}

/// What was raised since a packet came, by flow. Whether it is shown, or held back by filters, is of no account.
#[derive(Debug, Default)]
pub(crate) struct Raised(Vec<(u64, Told)>);

impl Raised {
    /// Rules noted at most.
    const CAP: usize = 65_536;

    /// Another packet begins.
    #[inline]
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Notes one.
    pub fn note(&mut self, flow: u64, told: Told) {
        if self.0.len() < Self::CAP {
            self.0.push((flow, told));
        }
    }

    /// Those on a flow, from the `first`th on.
    pub fn since(&self, first: usize, flow: u64) -> Vec<Told> {
        self.0.iter().skip(first).filter(|(of, _)| *of == flow).map(|(_, told)| *told).collect()
    }
}
