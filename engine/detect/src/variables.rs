//! Values for `$HOME_NET`, `$HTTP_PORTS` and their like (Snort's defaults, notes 3.1).

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rules::{AddressSet, PortSet};

use crate::classification::Classes;
use crate::compiler::Compiler;
use crate::flowbits::Flowbits;
use crate::header::Addresses;

/// Values of rule variables.
#[derive(Debug, Clone)]
pub struct Variables {
    addresses: HashMap<String, AddressSet>,
    ports: HashMap<String, PortSet>,
    /// What `classtype` names.
    pub classes: Classes,
    /// Beginnings of the addresses that schemes of `reference` stand for.
    pub references: BTreeMap<String, String>,
}

/// Names with their values where nobody sets others, as in Snort's own defaults: servers are at home.
const ADDRESSES: [(&str, &str); 10] = [
    ("HOME_NET", "any"),
    ("EXTERNAL_NET", "any"),
    ("HTTP_SERVERS", "$HOME_NET"),
    ("SQL_SERVERS", "$HOME_NET"),
    ("SMTP_SERVERS", "$HOME_NET"),
    ("TELNET_SERVERS", "$HOME_NET"),
    ("SIP_SERVERS", "$HOME_NET"),
    ("FTP_SERVERS", "$HOME_NET"),
    ("SSH_SERVERS", "$HOME_NET"),
    ("DNS_SERVERS", "$HOME_NET"),
];

const PORTS: [(&str, &str); 7] = [
    (
        "HTTP_PORTS",
        "80 81 311 383 591 593 901 1220 1414 1741 1830 2301 2381 2809 3037 3128 3702 4343 4848 5250 6988 7000 7001 7144 7145 \
         7510 7777 7779 8000 8008 8014 8028 8080 8085 8088 8090 8118 8123 8180 8181 8243 8280 8300 8800 8888 8899 9000 9060 9080 9090 \
         9091 9443 9999 11371 34443 34444 41080 50002 55555",
    ),
    ("MAIL_PORTS", "110 143"),
    ("FILE_DATA_PORTS", "$HTTP_PORTS $MAIL_PORTS"),
    ("FTP_PORTS", "21 2100 3535"),
    ("ORACLE_PORTS", "1024:"),
    ("SIP_PORTS", "5060 5061 5600"),
    ("SSH_PORTS", "22"),
];

impl Default for Variables {
    fn default() -> Self {
        let mut variables =
            Self { addresses: HashMap::new(), ports: HashMap::new(), classes: Classes::default(), references: BTreeMap::new() };
        // Values of our own: a test holds that each can be read.
        ADDRESSES.iter().for_each(|(name, text)| drop(variables.set_addresses(name, text)));
        PORTS.iter().for_each(|(name, text)| drop(variables.set_ports(name, text)));
        variables
    }
}

impl Variables {
    /// Addresses by name, as text, where nobody sets others.
    pub fn usual_nets() -> BTreeMap<String, String> {
        ADDRESSES.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
    }

    /// Ports by name, as text, where nobody sets others.
    pub fn usual_ports() -> BTreeMap<String, String> {
        PORTS.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
    }

    /// The addresses of `$name`.
    pub fn addresses(&self, name: &str) -> Option<&AddressSet> {
        self.addresses.get(name)
    }

    /// The ports of `$name`.
    pub fn ports(&self, name: &str) -> Option<&PortSet> {
        self.ports.get(name)
    }

    /// Sets `$name` from text, as addresses or as ports, whichever its name says. `Err` says what is wrong.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        if name.ends_with("PORTS") || name.ends_with("PORT") { self.set_ports(name, text) } else { self.set_addresses(name, text) }
    }

    /// Sets the addresses of `$name`.
    pub fn set_addresses(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(ends) = endpoints(&format!("alert tcp {} any -> any any", listed(text))) else {
            return Err(format!("`{text}` is no value for ${name}: give a list of addresses such as [10.0.0.0/8,!10.1.0.0/16]"));
        };
        self.addresses.insert(name.to_owned(), ends.src);
        Ok(())
    }

    /// Sets the ports of `$name`.
    pub fn set_ports(&mut self, name: &str, text: &str) -> Result<(), String> {
        let Some(ends) = endpoints(&format!("alert tcp any {} -> any any", listed(text))) else {
            return Err(format!("`{text}` is no value for ${name}: give a list of ports such as [80,8000:8099]"));
        };
        self.ports.insert(name.to_owned(), ends.src_ports);
        Ok(())
    }

    /// The networks that a list of addresses stands for. `Err` says what is wrong.
    pub fn networks(&self, text: &str) -> Result<Addresses, String> {
        let wrong = || format!("`{text}` is no list of addresses such as [10.0.0.0/8,!10.1.0.0/16]");
        let ends = endpoints(&format!("alert tcp {} any -> any any", listed(text))).ok_or_else(wrong)?;
        Compiler::new(self, Flowbits::default()).addresses(&ends.src).map_err(|fault| format!("`{text}`: {}", fault.message))
    }

    /// A reference as alerts carry it: of a scheme with an address as that address, others as they are written.
    pub fn reference(&self, written: String) -> String {
        let address =
            written.split_once(',').and_then(|(scheme, id)| Some(format!("url,{}{}", self.references.get(scheme.trim())?, id.trim())));
        address.unwrap_or(written)
    }

    /// Whether every `$NAME` inside the values has a value too, without going round in circles.
    pub fn check(&self) -> Result<(), String> {
        let names = self.addresses.keys().map(|name| format!("alert tcp ${name} any -> any any (sid:1;)"));
        let ports = self.ports.keys().map(|name| format!("alert tcp any ${name} -> any any (sid:1;)"));
        let texts: Vec<String> = names.chain(ports).collect();
        let loaded = texts.iter().map(|text| crate::load(&[("variables", text.as_bytes())], self, true, Default::default()));
        loaded.flat_map(|loaded| loaded.refusals).next().map_or(Ok(()), |refusal| Err(refusal.diagnostic.message))
    }
}

/// Snort also takes values without brackets between blanks, as in ` 80 8080 `.
fn listed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > 1 && !text.contains(['[', ',']) { format!("[{}]", words.join(",")) } else { words.concat() }
}

fn endpoints(header: &str) -> Option<rules::Endpoints> {
    let parsed = rules::parse(format!("{header} (sid:1;)").as_bytes());
    let fatal = parsed.diagnostics.iter().any(|diagnostic| diagnostic.fatal);
    parsed.rules.into_iter().next().filter(|_| !fatal)?.endpoints
}
