//! Finds, in one pass over a buffer, the rules whose fast pattern may be in it. It only saves work: a rule that it names is still
//! evaluated in full, and with the prefilter off every rule of the context is.

mod vectorscan;

pub use vectorscan::{Scratch, self_test};

use crate::rule::Rule;
use vectorscan::Database;

/// The patterns of one context and buffer.
#[derive(Debug)]
pub struct PatternSet {
    /// Rule of each pattern.
    rules: Vec<u32>,
    /// Windows of four bytes and more.
    long: Option<Database>,
    /// Shorter ones: in one automaton with the others they would slow the whole search.
    short: Option<Database>,
    /// Windows that begin with NUL: they need Vectorscan's slower form.
    nul: Option<Database>,
}

/// Windows below this length go into the small automaton.
const SHORT: usize = 4;

impl PatternSet {
    /// Compiles the fast patterns of `members` (indices into `rules`).
    pub fn compile(rules: &[Rule], members: &[u32]) -> Result<Self, String> {
        let mut parts: [Vec<(&[u8], u32)>; 3] = Default::default();
        let mut names = Vec::with_capacity(members.len());
        for &index in members {
            let Some(pattern) = rules.get(index as usize).and_then(|rule| rule.fast_pattern.as_ref()) else { continue };
            let window = &pattern.bytes[pattern.window.0..pattern.window.1];
            let part = if window.first() == Some(&0) { 2 } else { usize::from(window.len() < SHORT) };
            parts[part].push((window, names.len() as u32));
            names.push(index);
        }
        let build = |part: &[(&[u8], u32)]| if part.is_empty() { Ok(None) } else { Database::compile(part).map(Some) };
        Ok(Self { rules: names, long: build(&parts[0])?, short: build(&parts[1])?, nul: build(&parts[2])? })
    }

    /// Rules whose pattern may be in `data`, each at most once a call, pushed to `out`.
    pub fn scan(&self, data: &[u8], scratch: &mut Scratch, out: &mut Vec<u32>) -> Result<(), String> {
        for database in [&self.long, &self.short, &self.nul].into_iter().flatten() {
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
        self.rules.len() * 4 + [&self.long, &self.short, &self.nul].into_iter().flatten().map(Database::memory).sum::<usize>()
    }
}
