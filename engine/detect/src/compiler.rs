//! Syntax trees to rules: every rule on its own, so that a bad one spoils no other.

use hashbrown::HashMap;
use rules::{AddressSet, Diagnostic, PortSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::classification::UNCLASSIFIED;
use crate::diagnose::{Compiled, fault, missing, not_supported};
use crate::draft::{Around, Draft};
use crate::fast_pattern;
use crate::flowbits::Flowbits;
use crate::header::{Addresses, Header, Network, PortBits, Ports, Protocol};
use crate::options::{self, Support};
use crate::rule::{AtStage, Rule};
use crate::services;
use crate::suggest::unknown_keyword;
use crate::variables::Variables;

/// Compiles rules one by one, sharing port sets and flowbit numbers among them.
#[derive(Debug)]
pub struct Compiler<'v> {
    variables: &'v Variables,
    flowbits: Flowbits,
    ports: HashMap<Box<PortBits>, Arc<PortBits>>,
    /// By variable.
    named_ports: HashMap<String, Ports>,
    /// What is odd about the rules compiled so far, though they can be used.
    pub warnings: Vec<Diagnostic>,
}

impl<'v> Compiler<'v> {
    /// With values for `$NAME` and the flowbits of the set before.
    pub fn new(variables: &'v Variables, flowbits: Flowbits) -> Self {
        Self { variables, flowbits, ports: HashMap::new(), named_ports: HashMap::new(), warnings: Vec::new() }
    }

    /// The flowbits of all rules compiled.
    pub fn flowbits(self) -> Flowbits {
        self.flowbits
    }

    /// Compiles one rule of the file whose bytes are `source`.
    pub fn compile(&mut self, tree: &rules::Rule, file: &str, source: &[u8]) -> Compiled<Rule> {
        let mut draft = Draft::default();
        draft.id.gid = 1;
        draft.about.protocol = tree.protocol.text.to_ascii_lowercase();
        draft.about.action = tree.action.text.clone();
        let (flowbits, warnings) = (&mut self.flowbits, &mut self.warnings);
        let mut around = Around { flowbits, rule_start: tree.span.start, source, warnings };
        for option in &tree.options {
            options::about::once(option, &draft)?;
            draft.about.keywords.push(option.keyword.text.clone());
            let kind = options::find(&option.keyword.text).ok_or_else(|| unknown_keyword(&option.keyword))?;
            match kind.support {
                Support::Evaluated(compile) | Support::Accepted(compile) => compile(option, &mut draft, &mut around)?,
                Support::Refused(why) => return Err(not_supported(option.keyword.span, &option.keyword.text, why)),
            }
        }
        if draft.id.sid == 0 {
            return Err(missing(tree.span, "sid", "a number: every rule has one"));
        }
        let header = self.header(tree, &mut draft)?;
        Ok(finish(draft, header, tree, file, self.variables))
    }

    fn header(&mut self, tree: &rules::Rule, draft: &mut Draft) -> Compiled<Header> {
        let (protocol, ports_always) = match draft.about.protocol.as_str() {
            "tcp" => (Protocol::Tcp, false),
            "udp" => (Protocol::Udp, false),
            "icmp" => (Protocol::Icmp, false),
            "ip" => (Protocol::Ip, false),
            "file" => {
                draft.services.add("file");
                (Protocol::Tcp, false)
            }
            service => {
                self.warnings.extend(services::unknown(service, tree.protocol.span));
                draft.services.add(service);
                (Protocol::Tcp, true)
            }
        };
        if let (false, Some(name)) = (draft.services.named, draft.implied_service) {
            draft.services.add(name);
        }
        let any = || (Addresses::default(), Ports::Any);
        let ((src, src_ports), (dst, dst_ports), both_ways) = match &tree.endpoints {
            None => (any(), any(), false),
            Some(ends) => (
                (self.addresses(&ends.src)?, self.ports(&ends.src_ports)?),
                (self.addresses(&ends.dst)?, self.ports(&ends.dst_ports)?),
                ends.both_ways,
            ),
        };
        Ok(Header { protocol, src, src_ports, dst, dst_ports, both_ways, services: draft.services, ports_always })
    }

    /// The networks of an address list.
    pub(crate) fn addresses(&self, set: &AddressSet) -> Compiled<Addresses> {
        let mut out = Addresses::default();
        self.collect_addresses(set, false, &mut out, 0)?;
        if EVERYWHERE.iter().all(|network| out.inside.contains(network)) {
            out.inside.clear();
        }
        Ok(out)
    }

    fn collect_addresses(&self, set: &AddressSet, negated: bool, out: &mut Addresses, depth: usize) -> Compiled {
        match set {
            AddressSet::Any if negated => out.outside.extend(EVERYWHERE),
            AddressSet::Any => out.inside.extend(EVERYWHERE),
            AddressSet::Network(ip, bits) if negated => out.outside.push(Network(*ip, *bits)),
            AddressSet::Network(ip, bits) => out.inside.push(Network(*ip, *bits)),
            AddressSet::Not(inner) => self.collect_addresses(inner, !negated, out, depth)?,
            AddressSet::List(list) => list.iter().try_for_each(|item| self.collect_addresses(item, negated, out, depth))?,
            AddressSet::Variable(name) => {
                let unknown = || {
                    fault(
                        "D005",
                        name.span,
                        format!("`${}` has no value", name.text),
                        "set it in the configuration, e.g. --set HOME_NET=10.0.0.0/8",
                    )
                };
                let value = self.variables.addresses(&name.text).filter(|_| depth < VARIABLE_DEPTH).ok_or_else(unknown)?;
                self.collect_addresses(value, negated, out, depth + 1)?;
            }
        }
        Ok(())
    }

    fn ports(&mut self, set: &PortSet) -> Compiled<Ports> {
        let name = match set {
            PortSet::Any => return Ok(Ports::Any),
            PortSet::Variable(name) => Some(&name.text),
            _ => None,
        };
        if let Some(known) = name.and_then(|name| self.named_ports.get(name)) {
            return Ok(known.clone());
        }
        let bits = self.port_bits(set, 0)?;
        let ports = if bits.iter().all(|&word| word == u64::MAX) {
            Ports::Any
        } else {
            Ports::Some(self.ports.entry(bits).or_insert_with_key(|bits| Arc::from(bits.clone())).clone())
        };
        if let Some(name) = name {
            self.named_ports.insert(name.clone(), ports.clone());
        }
        Ok(ports)
    }

    fn port_bits(&self, set: &PortSet, depth: usize) -> Compiled<Box<PortBits>> {
        let mut bits = Box::new([0u64; 1024]);
        match set {
            PortSet::Any => bits.fill(u64::MAX),
            PortSet::Range(low, high) => (*low..=*high).for_each(|port| bits[usize::from(port >> 6)] |= 1 << (port & 63)),
            PortSet::Not(inner) => {
                let inner = self.port_bits(inner, depth)?;
                bits.iter_mut().zip(inner.iter()).for_each(|(out, word)| *out = !word);
            }
            PortSet::List(list) => {
                let (excluded, included): (Vec<_>, Vec<_>) = list.iter().partition(|item| matches!(item, PortSet::Not(_)));
                if included.is_empty() {
                    bits.fill(u64::MAX);
                }
                for item in included {
                    let item = self.port_bits(item, depth)?;
                    bits.iter_mut().zip(item.iter()).for_each(|(out, word)| *out |= word);
                }
                for item in excluded {
                    let item = self.port_bits(item, depth)?;
                    bits.iter_mut().zip(item.iter()).for_each(|(out, word)| *out &= word);
                }
            }
            PortSet::Variable(name) => {
                let unknown = || {
                    fault(
                        "D005",
                        name.span,
                        format!("`${}` has no value", name.text),
                        "set it in the configuration, e.g. --set HTTP_PORTS=[80,8080]",
                    )
                };
                let value = self.variables.ports(&name.text).filter(|_| depth < VARIABLE_DEPTH).ok_or_else(unknown)?;
                return self.port_bits(value, depth + 1);
            }
        }
        Ok(bits)
    }
}

/// Both families, whole.
const EVERYWHERE: [Network; 2] = [Network(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0), Network(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0)];

/// Variables that refer to variables, at most this deep.
const VARIABLE_DEPTH: usize = 16;

fn finish(mut draft: Draft, header: Header, tree: &rules::Rule, file: &str, variables: &Variables) -> Rule {
    let fast_pattern = fast_pattern::take(&mut draft);
    draft.about.text = tree.text.clone();
    draft.about.file = file.to_owned();
    draft.about.line = tree.line;
    let class = variables.classes.get(&draft.about.classtype);
    draft.about.priority = draft.priority.unwrap_or(class.map_or(UNCLASSIFIED, |(_, priority)| priority));
    draft.about.class_text = class.map_or_else(String::new, |(text, _)| text.to_owned());
    draft.about.references = draft.about.references.into_iter().map(|written| variables.reference(written)).collect();
    let (mut steps, mut step_texts): (Vec<_>, Vec<_>) = draft.steps.into_iter().map(|part| (part.step, part.text)).unzip();
    if let Some(first) = step_texts.first().cloned().filter(|_| draft.once_a_message) {
        steps.insert(0, Box::new(AtStage(draft.stage)));
        step_texts.insert(0, first);
    }
    Rule {
        id: draft.id,
        // The parser lets no other word through.
        action: draft.about.action.parse().unwrap_or_default(),
        about: draft.about,
        header,
        flow: draft.flow,
        flags: draft.flags,
        ip_proto: draft.ip_proto,
        steps,
        step_texts,
        fast_pattern,
        stage: draft.stage,
        setters: draft.setters,
        no_alert: draft.no_alert,
        checks_flowbits: draft.checks_flowbits,
        needs_flowbits: draft.needs_flowbits,
        rate: draft.rate,
    }
}
