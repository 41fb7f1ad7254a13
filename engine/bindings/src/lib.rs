//! `podlynx._engine`: what Python may see of the engine. Converts, releases the GIL, decides nothing.

mod lane;
mod live;
mod memory;
mod replay;
mod rule_set;
mod secrets;
mod workers;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

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
    #[pymodule_export]
    use super::secrets::may_hold_secrets;
    use super::*;
    #[pymodule_export]
    use super::{CaptureError, confine, effective_settings};

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

/// JSON lines of events.
fn lines(events: Vec<engine::Event>, name: impl Fn(u32) -> Option<String>) -> Vec<u8> {
    let mut out = Vec::new();
    for mut event in events {
        event.interface = event.ifindex.and_then(&name);
        event.write_line(&mut out);
    }
    out
}

/// JSON lines of what came after those events of `engine` that were shown.
fn aftermaths(engine: &mut engine::Engine, gather: &mut engine::Gather) -> Vec<u8> {
    let mut out = Vec::new();
    for aftermath in engine.aftermaths().iter().filter(|aftermath| gather.is_followed(aftermath.event_number)) {
        aftermath.write_line(&mut out);
    }
    out
}

/// The engine, which keeps packets around alerts where `around`; of a file as many as its flows have.
fn keeping(engine: engine::Engine, around: bool, live: bool) -> engine::Engine {
    let usual = engine::RecentLimits::default();
    let of_file = engine::RecentLimits { pod_bytes: usual.node_bytes, node_rate: 1 << 40, pod_rate: 1 << 40, ..usual };
    if around { engine.keeping(if live { usual } else { of_file }) } else { engine }
}

/// What holds where `json` (None: nothing) says what differs. Raises ValueError.
fn settings(json: Option<&[u8]>, mode: engine::Mode) -> PyResult<engine::Settings> {
    engine::Settings::read(json.unwrap_or(b"{}"), mode).map_err(pyo3::exceptions::PyValueError::new_err)
}

fn engine(rules: &rule_set::RuleSet, settings: &engine::Settings) -> PyResult<engine::Engine> {
    engine::Engine::with(rules.set.clone(), settings).map_err(pyo3::exceptions::PyValueError::new_err)
}

/// Everything that holds, as JSON, where `given` says what differs from what holds in its mode, or in `mode` where it names none.
#[pyfunction]
#[pyo3(signature = (given, mode = "exact"))]
fn effective_settings<'py>(py: Python<'py>, given: &[u8], mode: &str) -> PyResult<Bound<'py, PyBytes>> {
    let mode = if mode == "complete" { engine::Mode::Complete } else { engine::Mode::Exact };
    let text = serde_json::to_vec(&settings(Some(given), mode)?);
    text.map(|text| PyBytes::new(py, &text)).map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))
}

fn capture_error(error: &capture::CaptureError) -> PyErr {
    CaptureError::new_err(error.to_string())
}
