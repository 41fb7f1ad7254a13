//! Values for `$HOME_NET`, `$HTTP_PORTS` and their like (Snort's defaults, notes 3.1).

use hashbrown::HashMap;
use rules::{AddressSet, PortSet};

/// Values of rule variables.
#[derive(Debug, Clone)]
pub struct Variables {
    addresses: HashMap<String, AddressSet>,
    ports: HashMap<String, PortSet>,
}

const ADDRESSES: [&str; 10] = [
    "HOME_NET",
    "EXTERNAL_NET",
    "HTTP_SERVERS",
    "SQL_SERVERS",
    "SMTP_SERVERS",
    "TELNET_SERVERS",
    "SIP_SERVERS",
    "FTP_SERVERS",
    "SSH_SERVERS",
    "DNS_SERVERS",
];

const HTTP_PORTS: &str = "80 81 311 383 591 593 901 1220 1414 1741 1830 2301 2381 2809 3037 3128 3702 4343 4848 5250 6988 7000 7001 7144 7145 \
    7510 7777 7779 8000 8008 8014 8028 8080 8085 8088 8090 8118 8123 8180 8181 8243 8280 8300 8800 8888 8899 9000 9060 9080 9090 9091 9443 9999 \
    11371 34443 34444 41080 50002 55555";

fn list(text: &str) -> PortSet {
    PortSet::List(text.split_whitespace().filter_map(|port| port.parse().ok()).map(|port| PortSet::Range(port, port)).collect())
}

impl Default for Variables {
    fn default() -> Self {
        let addresses = ADDRESSES.iter().map(|name| ((*name).to_owned(), AddressSet::Any)).collect();
        let ports = [
            ("HTTP_PORTS", list(HTTP_PORTS)),
            ("FILE_DATA_PORTS", PortSet::List(vec![list(HTTP_PORTS), list("110 143")])),
            ("MAIL_PORTS", list("110 143")),
            ("FTP_PORTS", list("21 2100 3535")),
            ("ORACLE_PORTS", PortSet::Range(1024, 65_535)),
            ("SIP_PORTS", list("5060 5061 5600")),
            ("SSH_PORTS", list("22")),
        ];
        Self { addresses, ports: ports.into_iter().map(|(name, set)| (name.to_owned(), set)).collect() }
    }
}

impl Variables {
    /// The addresses of `$name`.
    pub fn addresses(&self, name: &str) -> Option<&AddressSet> {
        self.addresses.get(name)
    }

    /// The ports of `$name`.
    pub fn ports(&self, name: &str) -> Option<&PortSet> {
        self.ports.get(name)
    }

    /// Sets `$name` from text, as addresses or as ports, whichever it is. `Err` says what is wrong.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let try_rule = |header: String| {
            let parsed = rules::parse(format!("{header} (sid:1;)").as_bytes());
            if parsed.diagnostics.iter().any(|d| d.fatal) { None } else { parsed.rules.into_iter().next().and_then(|rule| rule.endpoints) }
        };
        let is_port = name.ends_with("PORTS") || name.ends_with("PORT");
        if is_port && let Some(ends) = try_rule(format!("alert tcp any {text} -> any any")) {
            self.ports.insert(name.to_owned(), ends.src_ports);
            return Ok(());
        }
        if !is_port && let Some(ends) = try_rule(format!("alert tcp {text} any -> any any")) {
            self.addresses.insert(name.to_owned(), ends.src);
            return Ok(());
        }
        let kind = if is_port { "a list of ports such as [80,8000:8099]" } else { "a list of addresses such as [10.0.0.0/8,!10.1.0.0/16]" };
        Err(format!("`{text}` is no value for ${name}: give {kind}"))
    }
}
