//! One capture through a fresh engine.

use std::sync::{Mutex, PoisonError};

use capture::{FileSource, PacketSource};
use engine::{Engine, Mode};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::rule_set::RuleSet;

/// Reads one capture through a fresh engine.
#[pyclass(frozen, module = "podlynx._engine")]
pub struct Replay {
    state: Mutex<State>,
}

struct State {
    source: FileSource,
    engine: Engine,
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
    #[pyo3(signature = (rules, source, *, settings = None, around = false, trace = None, profile = false))]
    fn new(
        py: Python<'_>,
        rules: &RuleSet,
        source: Source,
        settings: Option<Vec<u8>>,
        around: bool,
        trace: Option<(Vec<(u32, u32)>, u64)>,
        profile: bool,
    ) -> PyResult<Self> {
        let settings = crate::settings(settings.as_deref(), Mode::Exact)?;
        let opened = py.detach(|| match source {
            Source::Descriptor(descriptor) => capture::from_fd(descriptor, "standard input"),
            Source::Path(path) => capture::open(path),
        });
        let source = opened.map_err(|error| crate::capture_error(&error))?;
        let engine = crate::keeping(crate::engine(rules, &settings)?, around, false);
        let engine = match trace {
            Some((wanted, most)) => engine.tracing(wanted, most),
            None if profile => engine.profiling(),
            None => engine,
        };
        Ok(Self { state: Mutex::new(State { source, engine, ended: false, damage: None }) })
    }

    /// Inspects up to `packets` more; answers (events as JSON lines, whether there is more).
    #[pyo3(signature = (packets = 20_000))]
    fn step<'py>(&self, py: Python<'py>, packets: usize) -> PyResult<(Bound<'py, PyBytes>, bool)> {
        let stepped = py.detach(|| self.state.lock().unwrap_or_else(PoisonError::into_inner).step(packets));
        let (lines, more) = stepped.map_err(|error| crate::capture_error(&error))?;
        Ok((PyBytes::new(py, &lines), more))
    }

    /// Inspects to the end of a second of the capture; answers (events as JSON lines, whether there is more, the second).
    fn step_second<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyBytes>, bool, i64)> {
        let stepped = py.detach(|| self.state.lock().unwrap_or_else(PoisonError::into_inner).step_second());
        let (lines, more, second) = stepped.map_err(|error| crate::capture_error(&error))?;
        Ok((PyBytes::new(py, &lines), more, second))
    }

    /// What came after events that `step` gave, as JSON lines.
    fn aftermaths<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &crate::aftermaths(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner).engine))
    }

    /// Trials of traced rules since the last call, as JSON lines.
    fn trials<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.state.lock().unwrap_or_else(PoisonError::into_inner).engine.trials())
    }

    /// The sum of the trace, or the costs of the profile, as JSON.
    fn looked_on<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let value = py.detach(|| self.state.lock().unwrap_or_else(PoisonError::into_inner).engine.looked_on());
        PyBytes::new(py, value.to_string().as_bytes())
    }

    /// Bytes read of the file, and its size (0 where unknown).
    fn position(&self) -> (u64, u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).source.position()
    }

    /// Everything counted, as JSON.
    fn counters<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let counters = self.state.lock().unwrap_or_else(PoisonError::into_inner).engine.counters();
        PyBytes::new(py, &serde_json::to_vec(&counters).unwrap_or_default())
    }
}

impl State {
    fn step(&mut self, packets: usize) -> Result<(Vec<u8>, bool), capture::CaptureError> {
        if let Some(error) = self.damage.take() {
            return Err(error);
        }
        let mut more = !self.ended;
        for _ in 0..packets {
            match self.source.next() {
                Ok(Some(frame)) => self.engine.process(&frame),
                Ok(None) => more = false,
                // What was found before the damage is handed out first; the next call raises.
                Err(error) => self.damage = Some(error),
            }
            if !more || self.damage.is_some() {
                self.finish();
                break;
            }
        }
        Ok((crate::lines(&mut self.engine, |_| None), more))
    }

    /// A second ends with the first packet of another.
    fn step_second(&mut self) -> Result<(Vec<u8>, bool, i64), capture::CaptureError> {
        let mut second = None;
        loop {
            match self.source.next() {
                Ok(Some(frame)) => {
                    let of = frame.time.div_euclid(1_000_000_000);
                    self.engine.process(&frame);
                    if *second.get_or_insert(of) != of {
                        break;
                    }
                }
                Ok(None) => {
                    self.finish();
                    break;
                }
                Err(error) => {
                    self.finish();
                    return Err(error);
                }
            }
        }
        Ok((crate::lines(&mut self.engine, |_| None), !self.ended, second.unwrap_or_default()))
    }

    fn finish(&mut self) {
        if !std::mem::replace(&mut self.ended, true) {
            self.engine.finish();
        }
    }
}
