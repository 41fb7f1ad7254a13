//! Compiled pattern databases that outlive the process: they come and go as bytes, somebody else keeps the file.

use std::hash::BuildHasher;
use std::sync::{Arc, Weak};

use foldhash::quality::FixedState;
use hashbrown::{HashMap, HashSet};

use super::vectorscan::{Database, platform};

/// Databases of an earlier run, by the literals they hold.
#[derive(Debug, Default)]
pub struct Cache {
    kept: HashMap<u128, Vec<u8>>,
    /// Databases in use by the rule set that this one takes the place of. They end with it, as far as they are not taken over.
    shared: Shared,
}

/// Databases by their literals, as long as somebody uses them.
pub type Shared = HashMap<u128, Weak<Database>>;

const MAGIC: &[u8; 8] = b"PLXPAT1\n";

/// Bytes that are kept at most: they lie in memory beside the databases, and a run meets a small part of all contexts.
const CAP: usize = 24 << 20;

impl Cache {
    /// Reads what [`Cache::write`] made. Anything else, or of another library or processor, is an empty cache: nothing depends on it but time.
    pub fn read(bytes: &[u8]) -> Self {
        Self { kept: entries(bytes).unwrap_or_default(), shared: Shared::default() }
    }

    /// The same, with databases that are in use already.
    pub fn sharing(self, shared: Shared) -> Self {
        Self { shared, ..self }
    }

    /// Whether an earlier run left the database of these literals.
    pub fn keeps(&self, key: u128) -> bool {
        self.kept.contains_key(&key)
    }

    /// The database of these literals: one that is in use, or one that was kept, revived.
    pub fn find(&self, key: u128) -> Option<Arc<Database>> {
        let used = self.shared.get(&key).and_then(Weak::upgrade);
        used.or_else(|| self.kept.get(&key).and_then(|bytes| Database::revive(bytes)).map(Arc::new))
    }

    /// The databases that this run had, then others that were kept before, as bytes; those that find no room are left out.
    pub fn write<'d>(&self, had: impl Iterator<Item = (u128, &'d Database)>) -> Vec<u8> {
        let platform = platform();
        let mut out = MAGIC.to_vec();
        out.extend((platform.len() as u32).to_le_bytes());
        out.extend(platform.as_bytes());
        let mut written = HashSet::new();
        let mut put = |key: u128, bytes: &[u8]| {
            if out.len() + bytes.len() < CAP && written.insert(key) {
                out.extend(key.to_le_bytes());
                out.extend((bytes.len() as u32).to_le_bytes());
                out.extend(sum(bytes).to_le_bytes());
                out.extend(bytes);
            }
        };
        for (key, database) in had {
            let made = if self.kept.contains_key(&key) { None } else { database.serialize() };
            if let Some(bytes) = made.as_ref().or(self.kept.get(&key)) {
                put(key, bytes);
            }
        }
        self.kept.iter().for_each(|(key, bytes)| put(*key, bytes));
        out
    }
}

fn entries(bytes: &[u8]) -> Option<HashMap<u128, Vec<u8>>> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (written_for, mut rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    if written_for != platform().as_bytes() {
        return None;
    }
    let mut kept = HashMap::new();
    while let Some((key, tail)) = rest.split_first_chunk::<16>() {
        let (length, tail) = tail.split_first_chunk::<4>()?;
        let (expected, tail) = tail.split_first_chunk::<8>()?;
        let (database, tail) = tail.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        if sum(database) != u64::from_le_bytes(*expected) {
            return None;
        }
        kept.insert(u128::from_le_bytes(*key), database.to_vec());
        rest = tail;
    }
    Some(kept)
}

/// Vectorscan does not notice every flipped bit of a database, and would run it.
fn sum(bytes: &[u8]) -> u64 {
    FixedState::with_seed(0x5851_f42d_4c95_7f2d).hash_one(bytes)
}

/// Names a set of literals with their ids.
pub fn key(literals: &[(&[u8], u32)]) -> u128 {
    let half = |seed: u64| u128::from(FixedState::with_seed(seed).hash_one(literals));
    half(0x9e37_79b9_7f4a_7c15) << 64 | half(0x2545_f491_4f6c_dd1d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_found_again_and_damage_is_an_empty_cache() {
        let literals: [(&[u8], u32); 2] = [(b"needle", 0), (b"haystack", 1)];
        let made = Database::compile(&literals).unwrap();
        let bytes = Cache::default().write(std::iter::once((key(&literals), &made)));
        assert_eq!(Cache::read(&bytes).write(std::iter::empty()), bytes, "what this run had no use for stays");
        assert!(Cache::read(&bytes).find(key(&literals)).is_some());
        assert!(Cache::read(&bytes).find(key(&literals[..1])).is_none());
        for cut in 0..bytes.len().min(200) {
            assert!(Cache::read(&bytes[..cut]).find(key(&literals)).is_none());
        }
        let mut flipped = bytes.clone();
        let last = flipped.len() - 9;
        flipped[last] ^= 1;
        assert!(Cache::read(&flipped).find(key(&literals)).is_none());
    }
}
