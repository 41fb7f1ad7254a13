//! One unit of detection: search, evaluate, order (Snort notes 2.3 "order", 4.1).

use inspect::BufferId;

use crate::context::{Context, Names, Patterns, Sets, name};
use crate::evaluate::{BUDGET, evaluate};
use crate::options::flags::Flags;
use crate::rule::{FlowbitChange, RateLimit, Rule};
use crate::rule_set::RuleSet;
use crate::scratch::Scratch;
use crate::selection::Selection;
use crate::state::{FlowState, Rates};
use crate::step::{Evaluation, Found};
use crate::subject::Subject;
use crate::watch::{Outcome, Watch};

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Index into [`RuleSet::rules`].
    pub rule: u32,
    /// Where its contents were found.
    pub found: Vec<Found>,
    /// What `base64_decode` made, where something was found in it: no buffer of the packet holds it.
    pub decoded: Vec<u8>,
    /// Its `detection_filter`, where somebody else counts: [`Scratch::leave_rates`].
    pub rate: Option<RateLimit>,
    /// How many matches of the same unit were found before.
    pub place: u32,
}

impl RuleSet {
    /// Holds every candidate rule against `subject`; `out` becomes its matches, in the order in which Snort would log them.
    pub fn detect(&self, subject: &Subject<'_>, flow: Option<&mut FlowState>, scratch: &mut Scratch, out: &mut Vec<Match>) {
        self.detect_watched(subject, flow, scratch, out, &mut ());
    }

    /// The same with somebody who looks on.
    pub fn detect_watched(
        &self,
        subject: &Subject<'_>,
        mut flow: Option<&mut FlowState>,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
        watch: &mut impl Watch,
    ) {
        watch.unit(self);
        scratch.begin(self.rules().len());
        let context = match flow.as_deref_mut() {
            Some(flow) => flow.context(self, subject),
            None => scratch.context(self, subject),
        };
        if subject.searched {
            group(&context, subject, &mut scratch.groups);
            self.search(&context, subject, scratch, |sets| &sets.always, watch);
        }
        out.clear();
        let mut search = Marked { wanted: subject.searched, context: &context };
        search.at_once(self, subject, flow.as_deref(), scratch, watch);
        let mut hits = std::mem::take(&mut scratch.hits);
        // In the order of the rule file: which flowbits a rule sees must not depend on how the search reports its hits.
        hits.sort_unstable();
        for &index in &hits {
            self.consider(index, subject, &mut flow, scratch, out, watch);
        }
        hits.clear();
        scratch.hits = hits;
        search.add(self, subject, flow.as_deref(), scratch, 0, watch);
        let mut late = std::mem::take(&mut scratch.late);
        late.sort_unstable(); // in the order of the file, whatever order the search found them in
        let mut next = 0;
        while let Some(&index) = late.get(next) {
            next += 1;
            self.run(index, subject, &mut flow, scratch, out, watch);
            if search.add(self, subject, flow.as_deref(), scratch, index + 1, watch) {
                late.append(&mut scratch.late);
                late[next..].sort_unstable();
            }
        }
        scratch.late = late;
        for unsearched in &context.unsearched {
            if unsearched.flags.is_none_or(|flags| fits_flags(flags, subject)) {
                self.run(unsearched.rule, subject, &mut flow, scratch, out, watch);
            }
        }
        if !out.is_empty() {
            self.select(scratch, out);
        }
    }

    /// Leaves those matches that count, in the order in which they are logged. Where somebody else counts the rate of one, that is for them
    /// to do: all are left, in that order.
    fn select(&self, scratch: &mut Scratch, out: &mut Vec<Match>) {
        if scratch.rates_left {
            if out.iter().any(|found| found.rate.is_some()) {
                return scratch.selection.order(self.rules(), out);
            }
            scratch.counters.dropped_matches +=
                scratch.selection.keep(out, |found| (self.rules()[found.rule as usize].action, found.place));
        }
        scratch.selection.arrange(self.rules(), out);
    }

    /// Fills `scratch.hits` with the rules whose fast pattern may be there, of those sets that `which` takes.
    fn search(
        &self,
        context: &Context,
        subject: &Subject<'_>,
        scratch: &mut Scratch,
        which: impl Fn(&Sets) -> &Patterns,
        watch: &mut impl Watch,
    ) {
        watch.search_begins();
        let compile = |members| self.pattern_set(members);
        for &(buffer, names) in &scratch.groups {
            let data = subject.inspection.buffers.get(buffer);
            let sets = context.patterns(subject.inspection.section, names, self.rules(), compile);
            for set in which(sets).sets(data.len(), compile) {
                scratch.counters.searched += data.len() as u64;
                if !self.prefilter {
                    scratch.hits.extend_from_slice(set.all());
                } else if set.scan(data, &mut scratch.patterns, &mut scratch.hits).is_err() {
                    scratch.counters.failed_searches += 1;
                    scratch.hits.extend_from_slice(set.all());
                }
            }
        }
        watch.search_ends();
    }

    /// Evaluates a hit once; rules that ask for flowbits wait until the others had their turn.
    fn consider(
        &self,
        index: u32,
        subject: &Subject<'_>,
        flow: &mut Option<&mut FlowState>,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
        watch: &mut impl Watch,
    ) {
        let Some(seen) = scratch.seen.get_mut(index as usize) else { return };
        if std::mem::replace(seen, scratch.generation) == scratch.generation {
            return;
        }
        if self.rules()[index as usize].checks_flowbits {
            scratch.late.push(index);
        } else {
            self.run(index, subject, flow, scratch, out, watch);
        }
    }

    fn run(
        &self,
        index: u32,
        subject: &Subject<'_>,
        flow: &mut Option<&mut FlowState>,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
        watch: &mut impl Watch,
    ) {
        watch.begins(index);
        let outcome = self.hold(index, subject, flow, scratch, out, watch);
        watch.ends(index, outcome);
    }

    /// Holds one rule against the subject.
    fn hold(
        &self,
        index: u32,
        subject: &Subject<'_>,
        flow: &mut Option<&mut FlowState>,
        scratch: &mut Scratch,
        out: &mut Vec<Match>,
        watch: &mut impl Watch,
    ) -> Outcome {
        let rule = &self.rules()[index as usize];
        if rule.flags.is_some_and(|flags| !fits_flags(flags, subject)) {
            return Outcome::OtherFlags;
        }
        if !rule.header.fits(subject) {
            return Outcome::OtherHeader;
        }
        let Some(literal) = literal(rule, subject) else { return Outcome::PatternAbsent };
        scratch.counters.evaluations += 1;
        let Scratch { found, memory, rates, counters, rates_left, .. } = scratch;
        found.clear();
        found.extend(literal);
        let mut on = Evaluation {
            subject,
            flow: flow.as_deref_mut(),
            variables: [0; 2],
            found,
            memory,
            decoded: &[],
            step: 0,
            budget: BUDGET,
            taken: 0,
            limited: 0,
        };
        let matched = evaluate(rule, &mut on, watch);
        let decoded = on.decoded;
        let over_budget = on.budget == 0;
        counters.over_budget += u64::from(over_budget);
        counters.expressions_limited += u64::from(on.limited);
        if !matched {
            return if over_budget { Outcome::OverBudget } else { Outcome::Failed };
        }
        let rated = rule.rate.filter(|_| *rates_left && rule.setters.is_empty() && !rule.no_alert);
        if rated.is_none() && !within_rate(rule, index, subject, rates) {
            return Outcome::BelowRate;
        }
        if let Some(flow) = flow.as_deref_mut() {
            change(flow, &rule.setters);
        }
        if rule.no_alert {
            return Outcome::Silent;
        }
        let kept = &mut scratch.kept[rule.action as usize];
        let most = if scratch.rates_left { Selection::MOST } else { scratch.selection.most };
        if *kept >= most {
            scratch.counters.dropped_matches += 1;
            return Outcome::Dropped;
        }
        *kept += 1;
        let shows_decoded = scratch.found.iter().any(|found| found.buffer == BufferId::Base64Data);
        let decoded = if shows_decoded { decoded.to_vec() } else { Vec::new() };
        out.push(Match { rule: index, found: scratch.found.clone(), decoded, rate: rated, place: out.len() as u32 });
        Outcome::Matched
    }
}

/// The search for rules that need a flowbit: put off until the flow holds one, which mostly is never. A rule of this very unit may set it.
struct Marked<'c> {
    wanted: bool,
    context: &'c Context,
}

impl Marked<'_> {
    /// Where the flow holds a bit already, or nothing is to be left out.
    fn at_once(&mut self, set: &RuleSet, subject: &Subject<'_>, flow: Option<&FlowState>, scratch: &mut Scratch, watch: &mut impl Watch) {
        if self.wanted && (!set.prefilter || flow.is_some_and(|flow| !flow.is_empty())) {
            self.wanted = false;
            set.search(self.context, subject, scratch, |sets| &sets.marked, watch);
        }
    }

    /// Where it holds one by now: adds the rules from number `from` on to those that wait for their turn. Answers whether it looked.
    fn add(
        &mut self,
        set: &RuleSet,
        subject: &Subject<'_>,
        flow: Option<&FlowState>,
        scratch: &mut Scratch,
        from: u32,
        watch: &mut impl Watch,
    ) -> bool {
        let before = self.wanted;
        self.at_once(set, subject, flow, scratch, watch);
        let looked = before && !self.wanted;
        if looked {
            scratch.hits.sort_unstable();
            scratch.hits.dedup();
            scratch.late.extend(scratch.hits.iter().filter(|index| **index >= from));
        }
        looked
    }
}

/// Buffers to be searched, those that are the same bytes together: an HTTP body is searched once, and not as pkt_data, raw_data and file_data.
fn group(context: &Context, subject: &Subject<'_>, groups: &mut Vec<(BufferId, Names)>) {
    groups.clear();
    let buffers = &subject.inspection.buffers;
    for searched in context.searches(subject.side) {
        let data = buffers.get(searched.buffer);
        if data.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|(first, _)| std::ptr::eq(buffers.get(*first), data)) {
            Some((_, names)) => *names |= name(searched.buffer),
            None => groups.push((searched.buffer, name(searched.buffer))),
        }
    }
}

/// TCP flags first: on most packets that alone rejects a rule without pattern. A PDU has none.
pub(crate) fn fits_flags(flags: Flags, subject: &Subject<'_>) -> bool {
    match subject.packet.map(|packet| packet.l4) {
        Some(wire::L4::Tcp(tcp)) => flags.fits(tcp.flags),
        _ => false,
    }
}

/// Whether the fast pattern is there, where the steps do not say so; and its place, where no step would tell it. `None`: it is not there.
#[allow(clippy::option_option)]
fn literal(rule: &Rule, subject: &Subject<'_>) -> Option<Option<Found>> {
    let Some(pattern) = rule.fast_pattern.as_ref().filter(|pattern| pattern.searched_first) else { return Some(None) };
    let start = pattern.finder.find(subject.inspection.buffers.get(pattern.buffer))?;
    let found = Found { step: Found::FAST_PATTERN, buffer: pattern.buffer, start: start as u32, len: pattern.bytes.len() as u32 };
    Some(pattern.only.is_some().then_some(found))
}

fn within_rate(rule: &Rule, index: u32, subject: &Subject<'_>, rates: &mut Rates) -> bool {
    let Some(rate) = rule.rate else { return true };
    let address = if rate.by_source { subject.source.ip } else { subject.destination.ip };
    rates.hit(index, address, subject.time.div_euclid(1_000_000_000), rate.count, rate.seconds)
}

fn change(flow: &mut FlowState, setters: &[FlowbitChange]) {
    for setter in setters {
        match *setter {
            FlowbitChange::Set(bit) => flow.set(bit),
            FlowbitChange::Clear(bit) => flow.clear(bit),
        }
    }
}
