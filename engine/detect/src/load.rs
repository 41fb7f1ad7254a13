//! Rule files to a rule set and a report of what could not be used.

use hashbrown::HashMap;
use rules::Diagnostic;

use crate::compiler::Compiler;
use crate::prefilter::Cache;
use crate::rule::{Rule, RuleId};
use crate::rule_set::RuleSet;
use crate::variables::Variables;

/// A rule set and what was left out of it.
#[derive(Debug)]
pub struct Loaded {
    /// The rules that can be used.
    pub rules: RuleSet,
    /// Faults, in the order of the files.
    pub refusals: Vec<Refusal>,
}

/// A fault and the file it is in.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Index into the files given.
    pub file: usize,
    /// What is wrong.
    pub diagnostic: Diagnostic,
}

/// Compiles rule files, given as (name, bytes). A rule that cannot be used is reported; the others load. `cache` saves the time of
/// compiling pattern databases that an earlier run made; without the prefilter every rule of a context is evaluated.
pub fn load(files: &[(&str, &[u8])], variables: &Variables, prefilter: bool, cache: Cache) -> Loaded {
    load_after(None, files, variables, prefilter, cache)
}

/// The same for a set that takes the place of another: flowbits keep their numbers, pattern databases that did not change are shared, and
/// what flows made the old set compile is compiled of the new one, so that none of them waits after the change.
pub fn load_after(before: Option<&RuleSet>, files: &[(&str, &[u8])], variables: &Variables, prefilter: bool, cache: Cache) -> Loaded {
    let mut compiler = Compiler::new(variables, before.map(|before| before.flowbits().after()).unwrap_or_default());
    let (mut rules, mut refusals): (Vec<Rule>, Vec<Refusal>) = (Vec::new(), Vec::new());
    let mut known: HashMap<(u32, u32), usize> = HashMap::new();
    for (file, (name, source)) in files.iter().enumerate() {
        let parsed = rules::parse(source);
        refusals.extend(parsed.diagnostics.into_iter().map(|diagnostic| Refusal { file, diagnostic }));
        for tree in &parsed.rules {
            match compiler.compile(tree, name, source) {
                Ok(rule) => add(rule, &mut rules, &mut known),
                Err(diagnostic) => refusals.push(Refusal { file, diagnostic }),
            }
            refusals.extend(compiler.warnings.drain(..).map(|diagnostic| Refusal { file, diagnostic }));
        }
    }
    refusals.sort_by_key(|refusal| (refusal.file, refusal.diagnostic.span.start));
    let cache = cache.sharing(before.map(RuleSet::databases).unwrap_or_default());
    let rules = RuleSet::new(rules, compiler.flowbits(), prefilter, cache);
    if let Some(before) = before {
        rules.prepare_like(before);
    }
    Loaded { rules, refusals }
}

/// Of two rules with the same gid and sid the higher revision wins, of equal ones the later.
fn add(rule: Rule, rules: &mut Vec<Rule>, known: &mut HashMap<(u32, u32), usize>) {
    let RuleId { gid, sid, rev } = rule.id;
    match known.get(&(gid, sid)) {
        Some(&at) if rules[at].id.rev <= rev => rules[at] = rule,
        Some(_) => {}
        None => {
            known.insert((gid, sid), rules.len());
            rules.push(rule);
        }
    }
}
