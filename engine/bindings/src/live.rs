//! Live capture through one ring and one engine.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use capture::PacketSource;
use engine::Engine;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::rule_set::RuleSet;

/// Captures from interfaces through one ring and one engine.
#[pyclass(frozen, module = "podlynx._engine")]
pub struct Live {
    state: Mutex<Option<State>>,
    /// Rules to go on with; taken between two packets.
    next: Mutex<Option<Arc<detect::RuleSet>>>,
}

struct State {
    source: capture::Live,
    engine: Engine,
    names: Vec<(u32, String)>,
}

/// Packets inspected before a poll hands its events out: under load alerts must not wait for a pause.
const BATCH: usize = 4096;

#[pymethods]
impl Live {
    #[new]
    #[pyo3(signature = (rules, interfaces, *, ports = Vec::new(), ring_mib = 32, checksums = "auto"))]
    fn new(py: Python<'_>, rules: &RuleSet, interfaces: Vec<String>, ports: Vec<u16>, ring_mib: u32, checksums: &str) -> PyResult<Self> {
        let policy = crate::checksum_policy(checksums)?;
        let set = rules.set.clone();
        py.detach(|| set.warm(if ports.is_empty() { &detect::USUAL_PORTS } else { &ports }));
        let source = capture::Live::open(&interfaces, &ports, ring_mib).map_err(|error| crate::capture_error(&error))?;
        let names = source.interfaces().to_vec();
        let state = State { source, engine: Engine::new(rules.set.clone(), policy), names };
        Ok(Self { state: Mutex::new(Some(state)), next: Mutex::default() })
    }

    /// Waits up to that long for packets, inspects what is there; answers events as JSON lines.
    #[pyo3(signature = (milliseconds = 50))]
    fn poll<'py>(&self, py: Python<'py>, milliseconds: u64) -> PyResult<Bound<'py, PyBytes>> {
        let polled = py.detach(|| {
            let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let state = guard.as_mut()?;
            if let Some(rules) = self.next.lock().unwrap_or_else(PoisonError::into_inner).take() {
                state.engine.reload(rules);
            }
            Some(state.poll(Duration::from_millis(milliseconds)))
        });
        let polled = polled.ok_or_else(|| PyRuntimeError::new_err("the capture is closed"))?;
        polled.map(|lines| PyBytes::new(py, &lines)).map_err(|error| crate::capture_error(&error))
    }

    /// Swaps the rules; flows go on, no packet is skipped.
    fn reload(&self, rules: &RuleSet) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(rules.set.clone());
    }

    /// Everything counted, as JSON, with the ring's figures.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let text = py.detach(|| {
            let mut guard = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            guard.as_mut().map(State::counters)
        });
        let text = text.ok_or_else(|| PyRuntimeError::new_err("the capture is closed"))?;
        Ok(PyBytes::new(py, text.as_bytes()))
    }

    /// Ends the capture.
    fn close(&self, py: Python<'_>) {
        py.detach(|| drop(self.state.lock().unwrap_or_else(PoisonError::into_inner).take()));
    }
}

impl State {
    fn poll(&mut self, timeout: Duration) -> Result<Vec<u8>, capture::CaptureError> {
        if self.source.poll(timeout)? {
            for _ in 0..BATCH {
                match self.source.next()? {
                    Some(frame) => self.engine.process(&frame),
                    None => break,
                }
            }
        }
        let names = &self.names;
        Ok(crate::lines(&mut self.engine, |index| names.iter().find(|(known, _)| *known == index).map(|(_, name)| name.clone())))
    }

    fn counters(&mut self) -> String {
        let mut value = serde_json::to_value(self.engine.counters()).unwrap_or_default();
        if let Ok(ring) = self.source.statistics() {
            value["ring"] = serde_json::json!({"received": ring.received, "dropped": ring.dropped});
        }
        value.to_string()
    }
}
