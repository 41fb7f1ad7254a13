//! What the receivers of a stream may have read where its segments contradict each other (Novak and Sturges, Target-Based TCP Stream
//! Reassembly, 2007). Which policy a receiver follows does not show on the wire, so the bytes are put together as each of them would.
//!
//! Nothing is kept until a segment contradicts bytes that are queued; from then on every segment is, until its bytes were given out.

use super::seq::Seq;

/// Bytes kept of one direction.
const BYTES: usize = 65_536;

/// Segments kept of one direction.
const SEGMENTS: usize = 1_024;

/// Which of two segments that claim the same byte is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    /// The one that came first: Windows since Vista, and every kernel for bytes that it has put in order.
    First,
    /// The one that came last.
    Last,
    /// The one that came first, unless the other begins before it, or with it and ends behind it: Linux, of bytes beyond a hole.
    Linux,
    /// Linux as a whole: bytes that follow on what is in order are taken as they come, and never replaced.
    LinuxInOrder,
}

/// How pods' kernels read, beside the BSD policy (Snort's default), by which the queue itself goes.
const POLICIES: [Policy; 4] = [Policy::First, Policy::Last, Policy::Linux, Policy::LinuxInOrder];

impl Policy {
    /// Whether bytes of `new` replace those of `old` at a place that both claim.
    fn replaces(self, new: (Seq, Seq), old: (Seq, Seq), in_order: bool) -> bool {
        let earlier = new.0.before(old.0) || new.0 == old.0 && old.1.before(new.1);
        match self {
            Self::First => false,
            Self::Last => true,
            Self::Linux => earlier,
            Self::LinuxInOrder => earlier && !in_order,
        }
    }
}

#[derive(Debug)]
struct Arrival {
    at: Seq,
    bytes: Vec<u8>,
}

impl Arrival {
    fn end(&self) -> Seq {
        self.at.plus(self.bytes.len())
    }
}

/// The segments of one direction since the first contradiction, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    segments: Vec<Arrival>,
    bytes: usize,
}

impl Arrivals {
    /// Keeps a segment; answers whether there was room.
    pub fn add(&mut self, at: Seq, bytes: &[u8]) -> bool {
        if self.bytes + bytes.len() > BYTES || self.segments.len() >= SEGMENTS {
            return false;
        }
        self.bytes += bytes.len();
        self.segments.push(Arrival { at, bytes: bytes.to_vec() });
        true
    }

    /// Lets go of segments that end at or before `base`; answers whether any is left.
    pub fn consume(&mut self, base: Seq) -> bool {
        self.segments.retain(|segment| base.before(segment.end()));
        self.bytes = self.segments.iter().map(|segment| segment.bytes.len()).sum();
        !self.segments.is_empty()
    }

    /// Memory taken, in bytes.
    pub fn memory(&self) -> usize {
        self.bytes + self.segments.capacity() * size_of::<Arrival>()
    }

    /// The bytes from `base` on as others would read them, where that differs from `usual` and from one another.
    pub fn readings(&self, base: Seq, usual: &[u8]) -> Vec<Vec<u8>> {
        let mut readings: Vec<Vec<u8>> = Vec::new();
        for policy in POLICIES {
            let reading = self.read(policy, base, usual);
            if reading != usual && !readings.contains(&reading) {
                readings.push(reading);
            }
        }
        readings
    }

    /// The bytes by one policy; `usual` stands where no segment that is kept claims a byte.
    fn read(&self, policy: Policy, base: Seq, usual: &[u8]) -> Vec<u8> {
        let mut out = usual.to_vec();
        let mut owners: Vec<Option<(Seq, Seq)>> = vec![None; usual.len()];
        let mut in_order = 0;
        for segment in &self.segments {
            let own = (segment.at, segment.end());
            let (skipped, start) = if segment.at.before(base) { (base.since(segment.at), 0) } else { (0, segment.at.since(base)) };
            let claimed = segment.bytes.get(skipped..).unwrap_or_default();
            for (place, byte) in (start..usual.len()).zip(claimed) {
                if owners[place].is_none_or(|owner| policy.replaces(own, owner, place < in_order)) {
                    (out[place], owners[place]) = (*byte, Some(own));
                }
            }
            in_order += owners[in_order..].iter().take_while(|owner| owner.is_some()).count();
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it is about, segments (where each begins, its text), readings by policy.
    type Case = (&'static str, &'static [(u32, &'static str)], [&'static str; 4]);

    /// Readings of the first `len` bytes, as text, by policy.
    fn by_policy(segments: &[(u32, &str)], len: usize) -> [String; 4] {
        let mut arrivals = Arrivals::default();
        segments.iter().for_each(|(at, text)| assert!(arrivals.add(Seq(*at), text.as_bytes())));
        POLICIES.map(|policy| String::from_utf8_lossy(&arrivals.read(policy, Seq(0), &vec![b'.'; len])).into_owned())
    }

    #[test]
    fn each_policy_believes_another_segment() {
        let cases: [Case; 6] = [
            ("the same again", &[(0, "aaaa"), (0, "bbbb")], ["aaaa", "bbbb", "aaaa", "aaaa"]),
            ("the same start, longer", &[(0, "aaa"), (0, "bbbb")], ["aaab", "bbbb", "bbbb", "aaab"]),
            ("a tail over in-order bytes", &[(0, "aaaa"), (2, "bbbb")], ["aaaabb", "aabbbb", "aaaabb", "aaaabb"]),
            ("a head over a held segment", &[(2, "bb"), (0, "aaaa")], ["aabb", "aaaa", "aaaa", "aaaa"]),
            ("a held one, longer", &[(2, "bb"), (2, "ccc"), (0, "aa")], ["aabbc", "aaccc", "aaccc", "aaccc"]),
            ("nobody claims it", &[(0, "aa"), (3, "b")], ["aa.b", "aa.b", "aa.b", "aa.b"]),
        ];
        for (name, segments, want) in cases {
            assert_eq!(by_policy(segments, want[0].len()), want, "{name}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_let_go() {
        let mut arrivals = Arrivals::default();
        assert!(arrivals.add(Seq(0), &[0; BYTES]));
        assert!(!arrivals.add(Seq(0), &[1]));
        assert!(arrivals.consume(Seq(10)), "its end is still waited for");
        assert!(!arrivals.consume(Seq(BYTES as u32)));
        assert!(arrivals.add(Seq(BYTES as u32), &[1]));
    }
}
