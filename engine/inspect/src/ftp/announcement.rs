//! Data connections that a control line announces (RFC 959, 4.1.2 and 4.2; RFC 2428).

use std::net::{IpAddr, Ipv4Addr};

use flow::Side;

use crate::inspector::Expectation;
use crate::service::Service;

/// Reads a control line of `side`.
pub(super) fn read(side: Side, line: &[u8]) -> Option<Expectation> {
    let line = std::str::from_utf8(line).ok()?;
    let code = line.get(..4)?;
    let rest = &line[4..];
    let (ip, port) = match (side, code) {
        (Side::Client, code) if code.eq_ignore_ascii_case("PORT") => six_numbers(rest.trim()),
        (Side::Client, code) if code.eq_ignore_ascii_case("EPRT") => extended(rest.trim()),
        (Side::Server, "227 ") => six_numbers(&rest[rest.find(|c: char| c.is_ascii_digit())?..]),
        (Side::Server, "229 ") => extended(rest.split_once('(')?.1),
        _ => None,
    }?;
    (port > 0).then_some(Expectation { listener: side, ip, port, service: Service::FtpData })
}

/// `h1,h2,h3,h4,p1,p2`, and whatever follows.
fn six_numbers(text: &str) -> Option<(Option<IpAddr>, u16)> {
    let mut numbers = [0_u8; 6];
    let mut fields = text.split(|c: char| !c.is_ascii_digit());
    for number in &mut numbers {
        *number = fields.next()?.parse().ok()?;
    }
    let [a, b, c, d, high, low] = numbers;
    Some((Some(Ipv4Addr::new(a, b, c, d).into()), u16::from_be_bytes([high, low])))
}

/// `|protocol|address|port|` with any delimiter; protocol and address may be empty.
fn extended(text: &str) -> Option<(Option<IpAddr>, u16)> {
    let delimiter = text.chars().next()?;
    let mut fields = text.split(delimiter).skip(2);
    let (ip, port) = (fields.next()?, fields.next()?);
    let ip = if ip.is_empty() { None } else { Some(ip.parse().ok()?) };
    Some((ip, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_announce_data_connections() {
        type Case = (Side, &'static str, Option<(Option<&'static str>, u16)>);
        let cases: &[Case] = &[
            (Side::Client, "PORT 10,0,0,1,4,1", Some((Some("10.0.0.1"), 1025))),
            (Side::Client, "port 10,0,0,1,4,1", Some((Some("10.0.0.1"), 1025))),
            (Side::Client, "PORT 10,0,0,1,4", None),
            (Side::Client, "PORT 10,0,0,300,4,1", None),
            (Side::Client, "PORT 10,0,0,1,0,0", None),
            (Side::Client, "EPRT |2|fd00::1|4321|", Some((Some("fd00::1"), 4321))),
            (Side::Client, "EPRT |1|no address|4321|", None),
            (Side::Client, "227 Entering (10,0,0,2,1,0)", None),
            (Side::Server, "227 Entering Passive Mode (10,0,0,2,1,0).", Some((Some("10.0.0.2"), 256))),
            (Side::Server, "227 =10,0,0,2,1,0", Some((Some("10.0.0.2"), 256))),
            (Side::Server, "229 Entering Extended Passive Mode (|||6446|)", Some((None, 6446))),
            (Side::Server, "229 none", None),
            (Side::Server, "230 ok", None),
            (Side::Server, "", None),
        ];
        for (side, line, want) in cases {
            let got = read(*side, line.as_bytes());
            assert_eq!(got.map(|e| (e.ip.map(|ip| ip.to_string()), e.port)), want.map(|(ip, port)| (ip.map(String::from), port)), "{line}");
        }
    }
}
