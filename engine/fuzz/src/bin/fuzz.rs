//! libFuzzer on the target that `PODLYNX_FUZZ_TARGET` names. Built and started by `make fuzz`.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    static TARGET: OnceLock<Option<fuzz::Target>> = OnceLock::new();
    let named = TARGET.get_or_init(|| std::env::var("PODLYNX_FUZZ_TARGET").ok().and_then(|name| fuzz::target(&name)));
    if let Some(target) = named {
        target(data);
    } else {
        eprintln!("PODLYNX_FUZZ_TARGET names no target: {:?}", fuzz::TARGETS.iter().map(|(name, _)| name).collect::<Vec<_>>());
        std::process::exit(2);
    }
});
