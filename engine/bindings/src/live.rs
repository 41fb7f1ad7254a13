//! Live capture through one engine: a ring for the interfaces of this network namespace, and one for each that was handed over.

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use capture::{CaptureError, PacketSource};
use engine::{Engine, Mode};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::rule_set::RuleSet;

/// Captures from interfaces through one engine.
#[pyclass(frozen, module = "podlynx._engine")]
pub struct Live {
    state: Mutex<Option<State>>,
    /// Rules to go on with; taken between two packets.
    next: Mutex<Option<Arc<detect::RuleSet>>>,
}

struct State {
    source: capture::Live,
    adopted: Vec<capture::Live>,
    /// Interfaces of `source` that are watched as links to pods; `None`: as interfaces, by name.
    watched: Option<Vec<u32>>,
    engine: Engine,
    names: Vec<(u32, String)>,
}

/// Packets of all rings that are inspected before events are handed out: under load alerts must not wait for a pause.
const BATCH: usize = 4096;

/// Batches that are still inspected when the capture ends, however fast packets come.
const LAST_BATCHES: usize = 256;

/// Packets that each ring may show at least in one turn, however many rings there are.
const TURN: usize = 64;

#[pymethods]
impl Live {
    #[new]
    #[pyo3(signature = (rules, interfaces = Vec::new(), *, ports = Vec::new(), ring_mib = 32, settings = None, around = false, profile = false))]
    #[allow(clippy::too_many_arguments, reason = "they are named where it is called")]
    fn new(
        py: Python<'_>,
        rules: &RuleSet,
        interfaces: Vec<String>,
        ports: Vec<u16>,
        ring_mib: u32,
        settings: Option<Vec<u8>>,
        around: bool,
        profile: bool,
    ) -> PyResult<Self> {
        let settings = crate::settings(settings.as_deref(), Mode::Complete)?;
        let set = rules.set.clone();
        py.detach(|| set.warm(if ports.is_empty() { &detect::USUAL_PORTS } else { &ports }));
        let source = capture::Live::open(&interfaces, &ports, ring_mib).map_err(|error| crate::capture_error(&error))?;
        let names = source.interfaces().to_vec();
        let engine = crate::keeping(crate::engine(rules, &settings)?, around, true);
        let engine = if profile { engine.profiling() } else { engine };
        let state = State { source, adopted: Vec::new(), watched: None, engine, names };
        Ok(Self { state: Mutex::new(Some(state)), next: Mutex::default() })
    }

    /// Waits up to that long for packets, inspects what is there; answers events as JSON lines.
    #[pyo3(signature = (milliseconds = 50))]
    fn poll<'py>(&self, py: Python<'py>, milliseconds: u64) -> PyResult<Bound<'py, PyBytes>> {
        let lines = py.detach(|| {
            // Nothing is held while waiting: other threads may change what is watched meanwhile.
            let waiting = self.with(|state| state.waiting())?;
            let troubled = match waiting {
                Some(descriptors) => capture::wait(&descriptors, Duration::from_millis(milliseconds)).map_err(Trouble::Capture)?,
                None => Vec::new(),
            };
            let rules = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.with(|state| state.inspect(rules, &troubled))?.map_err(Trouble::Capture)
        });
        Ok(PyBytes::new(py, &lines?))
    }

    /// What came after events that `poll` gave, as JSON lines.
    fn aftermaths<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let lines = py.detach(|| self.with(|state| crate::aftermaths(&mut state.engine)))?;
        Ok(PyBytes::new(py, &lines))
    }

    /// Watches these interfaces of this network namespace (kernel's indexes), beside those handed over, and no others.
    fn watch(&self, py: Python<'_>, ifindexes: Vec<u32>) -> PyResult<()> {
        py.detach(|| self.with(|state| state.watch(ifindexes))?.map_err(Trouble::Capture)).map_err(PyErr::from)
    }

    /// These addresses, and no others, are those of the pods behind the interfaces: packets between two of them are inspected once.
    fn lodge(&self, py: Python<'_>, addresses: HashMap<u32, Vec<IpAddr>>) -> PyResult<()> {
        let addresses = addresses.into_iter().flat_map(|(ifindex, each)| each.into_iter().map(move |address| (address, ifindex)));
        py.detach(|| self.with(|state| state.engine.lodge(addresses))).map_err(PyErr::from)
    }

    /// Captures inside another network namespace, by a packet socket that was made there; its packets carry `ifindex`.
    #[pyo3(signature = (fd, ifindex, ring_mib = 2))]
    fn adopt(&self, py: Python<'_>, fd: RawFd, ifindex: u32, ring_mib: u32) -> PyResult<()> {
        py.detach(|| self.with(|state| state.adopt(fd, ifindex, ring_mib))?.map_err(Trouble::Capture)).map_err(PyErr::from)
    }

    /// Ends what `adopt` began. Does nothing where it did not.
    fn release(&self, py: Python<'_>, ifindex: u32) -> PyResult<()> {
        py.detach(|| self.with(|state| state.release(ifindex))).map_err(PyErr::from)
    }

    /// What each watched interface carried, as a JSON list.
    fn interfaces<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let links = py.detach(|| self.with(|state| state.engine.links()))?;
        let text = serde_json::to_vec(&links).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        Ok(PyBytes::new(py, &text))
    }

    /// Swaps the rules; flows go on, no packet is skipped.
    fn reload(&self, rules: &RuleSet) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(rules.set.clone());
    }

    /// Takes other settings over: what events raise, and what filters do with them. Flows go on; mode and flow table stay as they were.
    fn set(&self, py: Python<'_>, settings: Vec<u8>) -> PyResult<()> {
        let settings = crate::settings(Some(&settings), Mode::Complete)?;
        py.detach(|| self.with(|state| state.engine.set(&settings)))?.map_err(PyValueError::new_err)
    }

    /// Everything counted, as JSON, with the rings' figures.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let text = py.detach(|| self.with(State::counters))?;
        Ok(PyBytes::new(py, text.as_bytes()))
    }

    /// The costs of the profile, as JSON.
    fn looked_on<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let value = py.detach(|| self.with(|state| state.engine.looked_on()))?;
        Ok(PyBytes::new(py, value.to_string().as_bytes()))
    }

    /// Inspects what waits in the rings and the rest of every flow, as at the end of a capture; answers events as JSON lines.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let lines = py.detach(|| self.with(State::finish)?.map_err(Trouble::Capture))?;
        Ok(PyBytes::new(py, &lines))
    }

    /// Ends the capture.
    fn close(&self, py: Python<'_>) {
        py.detach(|| drop(self.state().take()));
    }
}

impl Live {
    fn state(&self) -> MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> Result<T, Trouble> {
        self.state().as_mut().map(work).ok_or(Trouble::Closed)
    }
}

/// Why a call could not be carried out.
enum Trouble {
    Closed,
    Capture(CaptureError),
}

impl From<Trouble> for PyErr {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Closed => PyRuntimeError::new_err("the capture is closed"),
            Trouble::Capture(error) => crate::capture_error(&error),
        }
    }
}

impl State {
    fn sources(&mut self) -> impl Iterator<Item = &mut capture::Live> {
        std::iter::once(&mut self.source).chain(&mut self.adopted)
    }

    /// What to wait on; `None`: packets are there already, or new rules are.
    fn waiting(&mut self) -> Option<Vec<RawFd>> {
        let mut descriptors = Vec::with_capacity(1 + self.adopted.len());
        for source in self.sources() {
            if source.ready(&[]).unwrap_or(true) {
                return None;
            }
            descriptors.push(source.as_raw_fd());
        }
        Some(descriptors)
    }

    fn inspect(&mut self, rules: Option<Arc<detect::RuleSet>>, troubled: &[RawFd]) -> Result<Vec<u8>, CaptureError> {
        if let Some(rules) = rules {
            self.engine.reload(rules);
        }
        let most = (BATCH / (1 + self.adopted.len())).max(TURN);
        for source in std::iter::once(&mut self.source).chain(&mut self.adopted) {
            if source.ready(troubled)? {
                batch(source, &mut self.engine, most)?;
            }
        }
        self.engine.settle(capture::now());
        let names = &self.names;
        Ok(crate::lines(&mut self.engine, |index| names.iter().find(|(known, _)| *known == index).map(|(_, name)| name.clone())))
    }

    fn finish(&mut self) -> Result<Vec<u8>, CaptureError> {
        let mut lines = Vec::new();
        for _ in 0..LAST_BATCHES {
            if self.waiting().is_some() {
                break;
            }
            lines.extend(self.inspect(None, &[])?);
        }
        self.engine.finish();
        let names = &self.names;
        lines.extend(crate::lines(&mut self.engine, |index| names.iter().find(|(known, _)| *known == index).map(|(_, name)| name.clone())));
        Ok(lines)
    }

    fn watch(&mut self, ifindexes: Vec<u32>) -> Result<(), CaptureError> {
        self.source.set_filter(&ifindexes, &[])?;
        self.watched = Some(ifindexes);
        self.tell_engine();
        Ok(())
    }

    fn adopt(&mut self, descriptor: RawFd, ifindex: u32, ring_mib: u32) -> Result<(), CaptureError> {
        let source = capture::Live::adopt(descriptor, ifindex, ring_mib)?;
        self.release(ifindex);
        self.adopted.push(source);
        self.tell_engine();
        Ok(())
    }

    fn release(&mut self, ifindex: u32) {
        self.adopted.retain(|source| source.inside() != Some(ifindex));
        self.tell_engine();
    }

    fn tell_engine(&mut self) {
        let mut all = self.watched.clone().unwrap_or_default();
        all.extend(self.adopted.iter().filter_map(capture::Live::inside));
        self.engine.watch(&all);
    }

    fn counters(&mut self) -> String {
        let mut value = serde_json::to_value(self.engine.counters()).unwrap_or_default();
        let (mut received, mut dropped) = (0, 0);
        for ring in self.sources().filter_map(|source| source.statistics().ok()) {
            received += ring.received;
            dropped += ring.dropped;
        }
        value["ring"] = serde_json::json!({"received": received, "dropped": dropped});
        value.to_string()
    }
}

fn batch(source: &mut capture::Live, engine: &mut Engine, most: usize) -> Result<(), CaptureError> {
    for _ in 0..most {
        match source.next()? {
            Some(frame) => engine.process(&frame),
            None => break,
        }
    }
    Ok(())
}
