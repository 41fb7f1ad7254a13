//! Live capture through one engine or several: a ring each for the interfaces of this network namespace, and one for each namespace that was
//! handed over.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::os::fd::RawFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use capture::CaptureError;
use engine::{Engine, Event, Gather, Link, Mode, Settings};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::lane::Lane;
use crate::memory::Memory;
use crate::rule_set::RuleSet;

/// Captures from interfaces through one engine.
#[pyclass(frozen, module = "podlynx._engine")]
pub struct Live {
    state: Mutex<Option<State>>,
    /// Rules to go on with; taken between two packets.
    next: Mutex<Option<Arc<detect::RuleSet>>>,
}

struct State {
    /// The first of them holds what was handed over: packets between two such pods must meet in one engine.
    lanes: Vec<Lane>,
    gather: Gather,
    memory: Memory,
    /// Interfaces of `source` that are watched as links to pods; `None`: as interfaces, by name.
    watched: Option<Vec<u32>>,
    names: Vec<(u32, String)>,
}

/// Packets of all rings that are inspected before events are handed out: under load alerts must not wait for a pause.
const BATCH: usize = 4096;

/// Batches that are still inspected when the capture ends, however fast packets come.
const LAST_BATCHES: usize = 256;

/// Workers at most.
const WORKERS: usize = 64;

#[pymethods]
impl Live {
    #[new]
    #[pyo3(signature = (rules, interfaces = Vec::new(), *, ports = Vec::new(), ring_mib = 32, settings = None, around = false, profile = false, workers = 1, memory_mib = 0))]
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
        workers: usize,
        memory_mib: usize,
    ) -> PyResult<Self> {
        let settings = crate::settings(settings.as_deref(), Mode::Complete)?;
        let set = rules.set.clone();
        py.detach(|| set.warm(if ports.is_empty() { &detect::USUAL_PORTS } else { &ports }));
        // What rules cost is measured by one engine, and what Snort finds depends on the order of all packets.
        let workers = if profile || settings.mode == Mode::Exact { 1 } else { workers.clamp(1, WORKERS) };
        let gather = Gather::with(&settings).map_err(PyValueError::new_err)?;
        let sources = capture::Live::open_many(&interfaces, &ports, ring_mib, workers).map_err(|error| crate::capture_error(&error))?;
        let names = sources.first().map(|source| source.interfaces().to_vec()).unwrap_or_default();
        let memory = Memory::new(memory_mib << 20, sources.iter().map(capture::Live::ring_bytes).sum());
        let engine = |number| -> PyResult<Engine> {
            let mut engine = crate::engine(rules, &settings)?;
            if let Some(budget) = memory.budget {
                engine = engine.within(budget.share(workers));
            }
            let engine = crate::keeping(engine, around, true).as_worker(number, workers);
            Ok(if profile { engine.profiling() } else { engine })
        };
        let lane = |(number, source)| engine(number).map(|engine| Lane::new(source, engine));
        let lanes = sources.into_iter().enumerate().map(lane).collect::<PyResult<_>>()?;
        let state = State { lanes, gather, memory, watched: None, names };
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
        let lines = py.detach(|| self.with(State::aftermaths))?;
        Ok(PyBytes::new(py, &lines))
    }

    /// Watches these interfaces of this network namespace (kernel's indexes), beside those handed over, and no others.
    fn watch(&self, py: Python<'_>, ifindexes: Vec<u32>) -> PyResult<()> {
        py.detach(|| self.with(|state| state.watch(ifindexes))?.map_err(Trouble::Capture)).map_err(PyErr::from)
    }

    /// These addresses, and no others, are those of the pods behind the interfaces: packets between two of them are inspected once.
    fn lodge(&self, py: Python<'_>, addresses: HashMap<u32, Vec<IpAddr>>) -> PyResult<()> {
        let addresses: Vec<_> =
            addresses.into_iter().flat_map(|(ifindex, each)| each.into_iter().map(move |address| (address, ifindex))).collect();
        py.detach(|| self.with(|state| state.lodge(&addresses))).map_err(PyErr::from)
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
        let links = py.detach(|| self.with(|state| state.links()))?;
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
        py.detach(|| self.with(|state| state.set(&settings)))?.map_err(PyValueError::new_err)
    }

    /// Everything counted, as JSON, with the rings' figures.
    fn counters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let text = py.detach(|| self.with(State::counters))?;
        Ok(PyBytes::new(py, text.as_bytes()))
    }

    /// The costs of the profile, as JSON.
    fn looked_on<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let value = py.detach(|| self.with(|state| state.lanes.first().map(|lane| lane.engine.looked_on()).unwrap_or_default()))?;
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
    /// What to wait on; `None`: packets are there already, or new rules are.
    fn waiting(&mut self) -> Option<Vec<RawFd>> {
        let mut descriptors = Vec::with_capacity(self.lanes.iter().map(|lane| 1 + lane.adopted.len()).sum());
        self.lanes.iter_mut().all(|lane| lane.waits(&mut descriptors)).then_some(descriptors)
    }

    fn inspect(&mut self, rules: Option<Arc<detect::RuleSet>>, troubled: &[RawFd]) -> Result<Vec<u8>, CaptureError> {
        if rules.is_some() {
            self.gather.forget();
        }
        let most = BATCH / self.lanes.len().max(1);
        match self.lanes.as_mut_slice() {
            [only] => only.inspect(rules.as_ref(), troubled, most)?,
            lanes => side_by_side(lanes, |lane| lane.inspect(rules.as_ref(), troubled, most))?,
        }
        if self.memory.is_short() {
            self.lanes.iter_mut().for_each(|lane| lane.engine.relieve());
            self.memory.relieved();
        }
        Ok(self.lines())
    }

    /// The events that wait, as JSON lines.
    fn lines(&mut self) -> Vec<u8> {
        let mut events: Vec<Event> = self.lanes.iter_mut().flat_map(|lane| lane.engine.events()).collect();
        if self.lanes.len() > 1 {
            events = self.gather.turn(events);
        }
        let names = &self.names;
        crate::lines(events, |index| names.iter().find(|(known, _)| *known == index).map(|(_, name)| name.clone()))
    }

    fn aftermaths(&mut self) -> Vec<u8> {
        let Self { lanes, gather, .. } = self;
        lanes.iter_mut().flat_map(|lane| crate::aftermaths(&mut lane.engine, gather)).collect()
    }

    fn set(&mut self, settings: &Settings) -> Result<(), String> {
        self.gather.set(settings)?;
        self.lanes.iter_mut().try_for_each(|lane| lane.engine.set(settings))
    }

    fn finish(&mut self) -> Result<Vec<u8>, CaptureError> {
        let mut lines = Vec::new();
        for _ in 0..LAST_BATCHES {
            if self.waiting().is_some() {
                break;
            }
            lines.extend(self.inspect(None, &[])?);
        }
        self.lanes.iter_mut().for_each(|lane| lane.engine.finish());
        lines.extend(self.lines());
        Ok(lines)
    }

    fn watch(&mut self, ifindexes: Vec<u32>) -> Result<(), CaptureError> {
        for lane in &mut self.lanes {
            lane.source.set_filter(&ifindexes, &[])?;
        }
        self.watched = Some(ifindexes);
        self.tell_engines();
        Ok(())
    }

    fn lodge(&mut self, addresses: &[(IpAddr, u32)]) {
        self.lanes.iter_mut().for_each(|lane| lane.engine.lodge(addresses.iter().copied()));
    }

    fn adopt(&mut self, descriptor: RawFd, ifindex: u32, ring_mib: u32) -> Result<(), CaptureError> {
        let source = capture::Live::adopt(descriptor, ifindex, ring_mib)?;
        self.release(ifindex);
        if let Some(lane) = self.lanes.first_mut() {
            lane.adopted.push(source);
        }
        self.tell_engines();
        Ok(())
    }

    fn release(&mut self, ifindex: u32) {
        self.lanes.iter_mut().for_each(|lane| lane.adopted.retain(|source| source.inside() != Some(ifindex)));
        self.tell_engines();
    }

    fn tell_engines(&mut self) {
        let mut all = self.watched.clone().unwrap_or_default();
        all.extend(self.lanes.iter().flat_map(|lane| &lane.adopted).filter_map(capture::Live::inside));
        self.lanes.iter_mut().for_each(|lane| lane.engine.watch(&all));
    }

    fn links(&self) -> Vec<Link> {
        let mut all: BTreeMap<u32, Link> = BTreeMap::new();
        for link in self.lanes.iter().flat_map(|lane| lane.engine.links()) {
            all.entry(link.ifindex).and_modify(|known| *known = known.plus(&link)).or_insert(link);
        }
        all.into_values().collect()
    }

    fn counters(&mut self) -> String {
        let mut counters = self.lanes.iter().map(|lane| lane.engine.counters()).reduce(|all, one| all.plus(&one)).unwrap_or_default();
        if self.lanes.len() > 1 {
            self.gather.count(&mut counters);
        }
        let mut value = serde_json::to_value(counters).unwrap_or_default();
        let rings: Vec<capture::Statistics> = self.lanes.iter_mut().map(Lane::statistics).collect();
        let sum = |of: fn(&capture::Statistics) -> u64| rings.iter().map(of).sum::<u64>();
        let bytes: usize = self.lanes.iter_mut().flat_map(Lane::sources).map(|source| source.ring_bytes()).sum();
        value["ring"] = serde_json::json!({
            "received": sum(|ring| ring.received), "dropped": sum(|ring| ring.dropped), "full": sum(|ring| ring.ring_full),
            "bytes": bytes, "workers": self.lanes.len(),
        });
        value.to_string()
    }
}

/// Lets every lane work at the same time; the first trouble, if there is any.
fn side_by_side(lanes: &mut [Lane], work: impl Fn(&mut Lane) -> Result<(), CaptureError> + Sync) -> Result<(), CaptureError> {
    std::thread::scope(|threads| {
        let work = &work;
        let running: Vec<_> = lanes.iter_mut().map(|lane| threads.spawn(move || work(lane))).collect();
        // A panic of a worker goes on here, as it would without threads.
        running.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
