//! One capture through fresh engines.

use std::sync::{Mutex, PoisonError};

use capture::{FileSource, PacketSource};
use engine::{Engine, Gather, Mode};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::rule_set::RuleSet;
use crate::workers::Workers;

/// Reads one capture through a fresh engine.
#[pyclass(frozen, module = "podlynx._engine")]
pub struct Replay {
    state: Mutex<State>,
}

struct State {
    source: FileSource,
    workers: Workers,
    ended: bool,
    damage: Option<capture::CaptureError>,
}

/// A path or a file descriptor.
#[derive(FromPyObject)]
pub enum Source {
    Descriptor(i32),
    Path(String),
}

#[pymethods]
impl Replay {
    #[new]
    #[pyo3(signature = (rules, source, *, settings = None, around = false, trace = None, profile = false, workers = 1))]
    #[allow(clippy::too_many_arguments, reason = "they are named where it is called")]
    fn new(
        py: Python<'_>,
        rules: &RuleSet,
        source: Source,
        settings: Option<Vec<u8>>,
        around: bool,
        trace: Option<(Vec<(u32, u32)>, u64)>,
        profile: bool,
        workers: usize,
    ) -> PyResult<Self> {
        let settings = crate::settings(settings.as_deref(), Mode::Exact)?;
        if workers > 1 && settings.mode == Mode::Exact {
            return Err(PyValueError::new_err("mode exact depends on the order of all packets: it takes 1 worker, or use mode complete"));
        }
        let workers = workers.clamp(1, 64);
        let opened = py.detach(|| match source {
            Source::Descriptor(descriptor) => capture::from_fd(descriptor, "standard input"),
            Source::Path(path) => capture::open(path),
        });
        let source = opened.map_err(|error| crate::capture_error(&error))?;
        // Who looks on sees the packets one after the other.
        let workers = if trace.is_some() || profile { 1 } else { workers };
        let engine =
            |number| crate::engine(rules, &settings).map(|engine| crate::keeping(engine, around, false).as_worker(number, workers));
        let mut engines: Vec<Engine> = (0..workers).map(engine).collect::<PyResult<_>>()?;
        if let Some(engine) = engines.pop() {
            engines.push(match trace {
                Some((wanted, most)) => engine.tracing(wanted, most),
                None if profile => engine.profiling(),
                None => engine,
            });
        }
        let workers = Workers::new(engines, Gather::with(&settings).map_err(PyValueError::new_err)?);
        Ok(Self { state: Mutex::new(State { source, workers, ended: false, damage: None }) })
    }

    /// Inspects up to `packets` more; answers (events as JSON lines, whether there is more).
    #[pyo3(signature = (packets = 20_000))]
    fn step<'py>(&self, py: Python<'py>, packets: usize) -> PyResult<(Bound<'py, PyBytes>, bool)> {
        let stepped = py.detach(|| self.state.lock().unwrap_or_else(PoisonError::into_inner).step(packets));
        let (lines, more) = stepped.map_err(|error| crate::capture_error(&error))?;
        Ok((PyBytes::new(py, &lines), more))
    }

    /// What came after events that `step` gave, as JSON lines.
    fn aftermaths<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = state.workers.aftermaths();
        PyBytes::new(py, &lines)
    }

    /// Trials of traced rules since the last call, as JSON lines.
    fn trials<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let trials = self.state.lock().unwrap_or_else(PoisonError::into_inner).workers.first().map(Engine::trials).unwrap_or_default();
        PyBytes::new(py, &trials)
    }

    /// The sum of the trace, or the costs of the profile, as JSON.
    fn looked_on<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let value = py.detach(|| {
            self.state.lock().unwrap_or_else(PoisonError::into_inner).workers.first().map(|engine| engine.looked_on()).unwrap_or_default()
        });
        PyBytes::new(py, value.to_string().as_bytes())
    }

    /// Bytes read of the file, and its size (0 where unknown).
    fn position(&self) -> (u64, u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).source.position()
    }

    /// Everything counted, as JSON.
    fn counters<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let counters = self.state.lock().unwrap_or_else(PoisonError::into_inner).workers.counters();
        PyBytes::new(py, &serde_json::to_vec(&counters).unwrap_or_default())
    }
}

impl State {
    fn step(&mut self, packets: usize) -> Result<(Vec<u8>, bool), capture::CaptureError> {
        if let Some(error) = self.damage.take() {
            return Err(error);
        }
        let mut more = !self.ended;
        if more {
            match self.workers.step(&mut self.source, packets) {
                Ok(left) => more = left,
                // What was found before the damage is handed out first; the next call raises.
                Err(error) => self.damage = Some(error),
            }
        }
        if !more || self.damage.is_some() {
            self.finish();
        }
        Ok((crate::lines(self.workers.events(), |_| None), more))
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            self.workers.finish();
        }
    }
}
