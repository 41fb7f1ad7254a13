//! Compiles a rule file and says how long it took: `cargo run --release -p podlynx-detect --example load FILE`.
#![allow(missing_docs, clippy::unwrap_used)]

fn main() {
    let path = std::env::args().nth(1).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let start = std::time::Instant::now();
    let loaded = detect::load(&[(&path, &bytes)], &detect::Variables::default(), true, Default::default());
    println!("{} rules, {} refused, {:?}", loaded.rules.rules().len(), loaded.refusals.len(), start.elapsed());
    for refusal in loaded.refusals.iter().take(20) {
        println!("{} {} {:?}", refusal.diagnostic.code, refusal.diagnostic.message, refusal.diagnostic.span);
    }
    let only = loaded.rules.rules().iter().filter(|rule| rule.fast_pattern.as_ref().is_some_and(|fp| fp.only.is_some())).count();
    let none = loaded.rules.rules().iter().filter(|rule| rule.fast_pattern.is_none()).count();
    println!("{only} by fast pattern only, {none} without");
}
