//! Classtypes with their priority and the text that alerts print (the field's common classification table).

/// A class of rules.
#[derive(Debug, Clone, Copy)]
pub struct Class {
    /// As `classtype` names it.
    pub name: &'static str,
    /// As alerts print it.
    pub text: &'static str,
    /// 1 (most severe) to 4.
    pub priority: u32,
}

const fn class(name: &'static str, text: &'static str, priority: u32) -> Class {
    Class { name, text, priority }
}

/// Every known class.
pub const CLASSES: [Class; 38] = [
    class("attempted-user", "Attempted User Privilege Gain", 1),
    class("unsuccessful-user", "Unsuccessful User Privilege Gain", 1),
    class("successful-user", "Successful User Privilege Gain", 1),
    class("attempted-admin", "Attempted Administrator Privilege Gain", 1),
    class("successful-admin", "Successful Administrator Privilege Gain", 1),
    class("shellcode-detect", "Executable code was detected", 1),
    class("trojan-activity", "A Network Trojan was detected", 1),
    class("web-application-attack", "Web Application Attack", 1),
    class("policy-violation", "Potential Corporate Privacy Violation", 1),
    class("bad-unknown", "Potentially Bad Traffic", 2),
    class("attempted-recon", "Attempted Information Leak", 2),
    class("successful-recon-limited", "Information Leak", 2),
    class("attempted-dos", "Attempted Denial of Service", 2),
    class("rpc-portmap-decode", "Decode of an RPC Query", 2),
    class("suspicious-filename-detect", "A suspicious filename was detected", 2),
    class("suspicious-login", "An attempted login using a suspicious username was detected", 2),
    class("system-call-detect", "A system call was detected", 2),
    class("denial-of-service", "Detection of a Denial of Service Attack", 2),
    class("non-standard-protocol", "Detection of a non-standard protocol or event", 2),
    class("web-application-activity", "Access to a potentially vulnerable web application", 2),
    class("misc-attack", "Misc Attack", 2),
    class("default-login-attempt", "Attempt to login by a default username and password", 2),
    class("unknown", "Unknown Traffic", 3),
    class("string-detect", "A suspicious string was detected", 3),
    class("network-scan", "Detection of a Network Scan", 3),
    class("protocol-command-decode", "Generic Protocol Command Decode", 3),
    class("misc-activity", "Misc activity", 3),
    class("successful-recon-largescale", "Large Scale Information Leak", 2),
    class("successful-dos", "Denial of Service", 2),
    class("inappropriate-content", "Inappropriate Content was Detected", 1),
    class("not-suspicious", "Not Suspicious Traffic", 3),
    class("sdf", "Sensitive Data was Transmitted Across the Network", 2),
    class("file-format", "Known malicious file or file based exploit", 1),
    class("malware-cnc", "Known malware command and control traffic", 1),
    class("client-side-exploit", "Known client side exploit attempt", 1),
    class("icmp-event", "Generic ICMP event", 3),
    class("tcp-connection", "A TCP connection was detected", 4),
    class("unusual-client-port-connection", "A client was using an unusual port", 2),
];

/// Priority of a rule that names no class.
pub const UNCLASSIFIED: u32 = 3;

/// Classes by name: those of the field, and those that somebody set.
#[derive(Debug, Clone, Default)]
pub struct Classes {
    /// (name, text, priority)
    own: Vec<(String, String, u32)>,
}

impl Classes {
    /// Adds a class, or gives one another text and priority.
    pub fn set(&mut self, name: &str, text: &str, priority: u32) {
        self.own.retain(|(known, ..)| known != name);
        self.own.push((name.to_owned(), text.to_owned(), priority));
    }

    /// Text and priority of the class of that name.
    pub fn get(&self, name: &str) -> Option<(&str, u32)> {
        let own = self.own.iter().find(|(known, ..)| known == name).map(|(_, text, priority)| (text.as_str(), *priority));
        own.or_else(|| CLASSES.iter().find(|class| class.name == name).map(|class| (class.text, class.priority)))
    }
}
