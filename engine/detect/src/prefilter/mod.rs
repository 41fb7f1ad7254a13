//! Finds, in one pass over a buffer, the rules whose fast pattern may be in it. It only saves work: a rule that it names is still
//! evaluated in full, and with the prefilter off every rule of the context is.

mod cache;
mod vectorscan;

pub use cache::{Cache, Shared};
pub use vectorscan::{Scratch, self_test};

use std::sync::Arc;

use crate::rule::{FastPattern, Rule};
use vectorscan::Database;

/// The patterns of one context and buffer.
#[derive(Debug)]
pub struct PatternSet {
    /// Rule of each pattern.
    rules: Vec<u32>,
    /// By [`Part`]. Each with the key of its literals.
    databases: [Option<(u128, Arc<Database>)>; PARTS],
    /// One of the databases was compiled now, not found in the cache.
    pub fresh: bool,
    /// Why the patterns could not be compiled: nothing is searched, every rule is evaluated.
    fault: Option<String>,
}

/// Windows below this length go into the small automaton: in one with the others they would slow the whole search.
const SHORT: usize = 4;

/// Patterns that can only stand in so many first bytes are searched there alone.
const HEAD: usize = 128;

/// What is compiled and searched by itself.
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
enum Part {
    /// Windows of [`SHORT`] bytes and more, anywhere.
    Long,
    /// Shorter ones.
    Short,
    /// Those that begin with NUL, which need Vectorscan's slower form.
    Nul,
    /// What can only stand in the first [`HEAD`] bytes.
    Head,
    /// The same, beginning with NUL.
    HeadNul,
}

const PARTS: usize = Part::HeadNul as usize + 1;

impl Part {
    fn of(pattern: &FastPattern) -> Self {
        let window = &pattern.bytes[pattern.window.0..pattern.window.1];
        let nul = window.first() == Some(&0);
        match (pattern.limit.is_some_and(|limit| limit <= HEAD), nul) {
            (true, false) => Self::Head,
            (true, true) => Self::HeadNul,
            (false, true) => Self::Nul,
            (false, false) if window.len() < SHORT => Self::Short,
            (false, false) => Self::Long,
        }
    }
}

impl PatternSet {
    /// Compiles the fast patterns of `members` (indices into `rules`). Where that fails every scan does, and says why.
    pub fn compile(rules: &[Rule], members: &[u32], cache: &Cache) -> Self {
        let mut parts: [Vec<(&[u8], u32)>; PARTS] = Default::default();
        let mut names = Vec::with_capacity(members.len());
        for &index in members {
            let Some(pattern) = rules.get(index as usize).and_then(|rule| rule.fast_pattern.as_ref()) else { continue };
            let window = &pattern.bytes[pattern.window.0..pattern.window.1];
            parts[Part::of(pattern) as usize].push((window, names.len() as u32));
            names.push(index);
        }
        let mut set = Self { rules: names, databases: Default::default(), fresh: false, fault: None };
        for (database, part) in set.databases.iter_mut().zip(&parts).filter(|(_, part)| !part.is_empty()) {
            let key = cache::key(part);
            set.fresh |= !cache.keeps(key);
            match cache.find(key).map_or_else(|| Database::compile(part).map(Arc::new), Ok) {
                Ok(made) => *database = Some((key, made)),
                Err(fault) => set.fault = Some(fault),
            }
        }
        set
    }

    /// Its databases, with the keys of their literals.
    pub fn databases(&self) -> impl Iterator<Item = (u128, &Database)> {
        self.databases.iter().flatten().map(|(key, database)| (*key, database.as_ref()))
    }

    /// The same for another set to share.
    pub fn shared(&self) -> Shared {
        self.databases.iter().flatten().map(|(key, database)| (*key, Arc::downgrade(database))).collect()
    }

    /// Rules whose pattern may be in `data`, each at most once a call, pushed to `out`.
    pub fn scan(&self, data: &[u8], scratch: &mut Scratch, out: &mut Vec<u32>) -> Result<(), String> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let head = &data[..data.len().min(HEAD)];
        for (part, (_, database)) in self.databases.iter().enumerate().filter_map(|(part, made)| Some((part, made.as_ref()?))) {
            let data = if part < Part::Head as usize { data } else { head };
            database.scan(data, scratch, &self.rules, out)?;
        }
        Ok(())
    }

    /// Every rule of the set: what a search with the prefilter off comes to.
    pub fn all(&self) -> &[u32] {
        &self.rules
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        self.rules.len() * 4 + self.databases().map(|(_, database)| database.memory()).sum::<usize>()
    }
}
