//! `podlynx._engine`: what Python may see of the engine. Converts, releases the GIL, decides nothing.

mod live;
mod replay;
mod rule_set;

use pyo3::prelude::*;

pyo3::create_exception!(_engine, CaptureError, pyo3::exceptions::PyOSError, "A capture file or interface that cannot be read.");

/// The packet engine.
#[pymodule]
mod _engine {
    #[pymodule_export]
    use super::live::Live;
    #[pymodule_export]
    use super::replay::Replay;
    #[pymodule_export]
    use super::rule_set::{RuleSet, compile_rules, rule_options};
    use super::*;
    #[pymodule_export]
    use super::{CaptureError, confine};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}

/// Gives up for good, in the whole process, its user, capabilities, files, network and programs; answers the measures that took.
#[pyfunction(name = "confine")]
#[pyo3(signature = (uid = 65534, gid = 65534))]
fn confine(py: Python<'_>, uid: u32, gid: u32) -> PyResult<Vec<&'static str>> {
    py.detach(|| ::confine::confine(uid, gid)).map_err(|error| pyo3::exceptions::PyPermissionError::new_err(error.to_string()))
}

/// JSON lines of the events that wait in `engine`.
fn lines(engine: &mut engine::Engine, name: impl Fn(u32) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::new();
    for mut event in engine.events() {
        event.interface = event.ifindex.and_then(&name);
        event.write_line(&mut out);
    }
    out
}

/// JSON lines of what came after events of `engine`.
fn aftermaths(engine: &mut engine::Engine) -> Vec<u8> {
    let mut out = Vec::new();
    engine.aftermaths().iter().for_each(|aftermath| aftermath.write_line(&mut out));
    out
}

/// The engine, which keeps packets around alerts where `around`; of a file as many as its flows have.
fn keeping(engine: engine::Engine, around: bool, live: bool) -> engine::Engine {
    let usual = engine::RecentLimits::default();
    let of_file = engine::RecentLimits { pod_bytes: usual.node_bytes, node_rate: 1 << 40, pod_rate: 1 << 40, ..usual };
    if around { engine.keeping(if live { usual } else { of_file }) } else { engine }
}

/// `auto`, `verify` or `ignore`.
fn checksum_policy(text: &str) -> PyResult<engine::ChecksumPolicy> {
    match text {
        "auto" => Ok(engine::ChecksumPolicy::Auto),
        "verify" => Ok(engine::ChecksumPolicy::Verify),
        "ignore" => Ok(engine::ChecksumPolicy::Ignore),
        other => Err(pyo3::exceptions::PyValueError::new_err(format!("`{other}` is no checksum policy: use auto, verify or ignore"))),
    }
}

/// `exact` or `complete`.
fn mode(text: &str) -> PyResult<engine::Mode> {
    match text {
        "exact" => Ok(engine::Mode::Exact),
        "complete" => Ok(engine::Mode::Complete),
        other => Err(pyo3::exceptions::PyValueError::new_err(format!("`{other}` is no mode: use exact or complete"))),
    }
}

fn capture_error(error: &capture::CaptureError) -> PyErr {
    CaptureError::new_err(error.to_string())
}
