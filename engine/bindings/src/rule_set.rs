//! Compiled rules.

use std::sync::Arc;

use engine::Mode;
use pyo3::exceptions::{PyKeyError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Compiled rules: immutable, shareable between engines and threads.
#[pyclass(frozen, module = "podlynx._engine")]
pub struct RuleSet {
    pub set: Arc<detect::RuleSet>,
    report: Vec<u8>,
}

#[pymethods]
impl RuleSet {
    /// Figures and faults, as JSON.
    fn report<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.report)
    }

    /// Every rule, as JSON.
    fn rules<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let text = py.detach(|| engine::report::list(&self.set).to_string());
        PyBytes::new(py, text.as_bytes())
    }

    /// Makes ready what flows to the usual server ports need, so that `cache()` holds it.
    fn warm(&self, py: Python<'_>) {
        py.detach(|| self.set.warm(&detect::USUAL_PORTS));
    }

    /// Of the pattern databases made so far: how many `other` has too, the very same, and all.
    fn shared_with(&self, other: &Self) -> (usize, usize) {
        self.set.shared_with(&other.set)
    }

    /// The pattern databases for a later `compile_rules(cache=...)`; `None` where nothing was compiled anew.
    fn cache<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        py.detach(|| self.set.cache()).map(|bytes| PyBytes::new(py, &bytes))
    }

    /// One rule with what each option does, as JSON.
    fn explain<'py>(&self, py: Python<'py>, gid: u32, sid: u32) -> PyResult<Bound<'py, PyBytes>> {
        let value = engine::report::explain(&self.set, gid, sid);
        let value = value.ok_or_else(|| PyKeyError::new_err(format!("there is no rule {gid}:{sid}")))?;
        Ok(PyBytes::new(py, value.to_string().as_bytes()))
    }
}

/// Compiles rule files, given as (name, text); `after`: to take the place of these.
#[pyfunction]
#[pyo3(signature = (files, *, settings = None, cache = None, prefilter = true, after = None))]
pub fn compile_rules(
    py: Python<'_>,
    files: Vec<(String, Vec<u8>)>,
    settings: Option<Vec<u8>>,
    cache: Option<Vec<u8>>,
    prefilter: bool,
    after: Option<PyRef<'_, RuleSet>>,
) -> PyResult<RuleSet> {
    let cache = cache.as_deref().map(detect::prefilter::Cache::read).unwrap_or_default();
    let values = crate::settings(settings.as_deref(), Mode::Exact)?.variables().map_err(PyValueError::new_err)?;
    let before = after.map(|rules| rules.set.clone());
    let replaces = before.is_some();
    let work = move || {
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let start = std::time::Instant::now();
        let loaded = detect::load_after(before.as_deref(), &files, &values, prefilter, cache);
        let mut report =
            serde_json::to_value(engine::report::report(&loaded, &files)).map_err(|error| PyValueError::new_err(error.to_string()))?;
        report["compile_seconds"] = start.elapsed().as_secs_f64().into();
        Ok(RuleSet { set: Arc::new(loaded.rules), report: report.to_string().into_bytes() })
    };
    py.detach(|| if replaces { beside(work) } else { work() })
}

/// On a thread of its own, which gives way to those that inspect.
fn beside<T: Send>(work: impl FnOnce() -> PyResult<T> + Send) -> PyResult<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("rules".into()).spawn_scoped(scope, || {
            confine::give_way();
            work()
        })?;
        thread.join().unwrap_or_else(|_| Err(PyRuntimeError::new_err("a fault in the engine ended the compiling of rules")))
    })
}

/// Every rule option with what it does, as JSON.
#[pyfunction]
pub fn rule_options(py: Python<'_>) -> Bound<'_, PyBytes> {
    PyBytes::new(py, engine::report::options().to_string().as_bytes())
}
