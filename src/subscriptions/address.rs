//! Which addresses a webhook may reach.
//!
//! Whoever subscribes names an address that this service then calls from inside its network. It may lead to the public
//! internet and to the ranges that the operator opens (`HAZARDS_WEBHOOK_ALLOW`), and nowhere else. Names are judged by the
//! addresses that they lead to, at the moment of the connection.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

use crate::values::FaultCode;
use crate::values::fault::text_value;

/// Longest address of a receiver, in bytes.
pub const LONGEST: usize = 2000;

/// Where a receiver listens: `http` or `https`, with a host, without user, password and fragment. It may hold a key of the
/// receiver and is never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// The address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The host, which is no secret.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host())
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl FromStr for WebhookUrl {
    type Err = FaultCode;

    fn from_str(text: &str) -> Result<Self, FaultCode> {
        if text.len() > LONGEST {
            return Err(FaultCode::TooLong);
        }
        // The reader of addresses mends what browsers mend, so that a person would see another host than is called.
        let host_and_more = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_mended = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
        if host_and_more.is_none_or(|rest| rest.starts_with('/') || rest.chars().any(is_mended)) {
            return Err(FaultCode::BadFormat);
        }
        let url = Url::parse(text).map_err(|_| FaultCode::BadFormat)?;
        let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if is_plain && url.as_str().len() <= LONGEST {
            Ok(Self(url))
        } else {
            Err(FaultCode::BadFormat)
        }
    }
}

text_value!(WebhookUrl);

/// Ranges of IPv4 that lead to this machine, this network or nobody (the registry of special-purpose addresses of RFC 6890),
/// and the one address outside them at which a cloud answers its machines.
const CLOSED_V4: &[Ipv4Net] = &[
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 31, 196, 0], 24),
    v4([192, 52, 193, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([192, 175, 48, 0], 24),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([168, 63, 129, 16], 32),
    v4([224, 0, 0, 0], 3),
];

/// All that is open of IPv6: global unicast.
const OPEN_V6: Ipv6Net = v6(0x2000 << 112, 3);

/// Ranges inside it that lead elsewhere: protocol assignments with Teredo, documentation, and 6to4, which carries any
/// address of IPv4.
const CLOSED_V6: &[Ipv6Net] = &[
    v6(0x2001 << 112, 23),
    v6(0x2001_0db8 << 96, 32),
    v6(0x2002 << 112, 16),
    v6(0x2620_004f_8000 << 80, 48),
    v6(0x3fff << 112, 20),
];

const fn v4(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(bits: u128, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(bits), prefix)
}

/// Lets through what may be reached. Cloning shares the ranges.
#[derive(Debug, Clone)]
pub struct Gate(Arc<[IpNet]>);

impl Gate {
    /// A gate that opens those ranges besides the public internet.
    pub fn opening(ranges: &[IpNet]) -> Self {
        Self(ranges.into())
    }

    /// True when that address may be called.
    pub fn admits(&self, address: IpAddr) -> bool {
        // `::ffff:127.0.0.1` is 127.0.0.1.
        let address = address.to_canonical();
        self.0.iter().any(|range| range.contains(&address)) || is_public(address)
    }

    /// False when the address holds, in whatever notation, the number of a host that may not be called. A name is judged
    /// when it is looked up.
    pub fn admits_host(&self, url: &WebhookUrl) -> bool {
        match url.url().host() {
            Some(Host::Ipv4(address)) => self.admits(address.into()),
            Some(Host::Ipv6(address)) => self.admits(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !CLOSED_V4.iter().any(|range| range.contains(&address)),
        IpAddr::V6(address) => OPEN_V6.contains(&address) && !CLOSED_V6.iter().any(|range| range.contains(&address)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(gate: &Gate, url: &str) -> bool {
        let url: WebhookUrl = url.parse().unwrap_or_else(|code| panic!("{url}: {code:?}"));
        gate.admits_host(&url)
    }

    #[test]
    fn the_public_internet_is_open() {
        let gate = Gate::opening(&[]);
        for open in [
            "http://93.184.216.34/",
            "https://1.1.1.1:8443/x?key=1",
            "http://100.63.255.255/",
            "http://100.128.0.1/",
            "http://172.15.255.255/",
            "http://172.32.0.1/",
            "http://[2606:4700:4700::1111]/",
            "http://[240e:1::1]/",
            "https://receiver.example/",
        ] {
            assert!(admitted(&gate, open), "{open}");
        }
    }

    #[test]
    fn the_operator_opens_ranges_of_the_closed_network() {
        let gate = Gate::opening(&["10.3.0.0/16".parse().unwrap(), "fd00:1::/64".parse().unwrap()]);
        for (url, open) in [
            ("http://10.3.255.1/", true),
            ("http://[::ffff:10.3.0.1]/", true),
            ("http://10.4.0.1/", false),
            ("http://[fd00:1::5]/", true),
            ("http://[fd00:2::5]/", false),
            ("http://127.0.0.1/", false),
        ] {
            assert_eq!(admitted(&gate, url), open, "{url}");
        }
    }

    #[test]
    fn an_address_is_plain_and_speaks_http() {
        for wrong in [
            "ftp://receiver.example/",
            "file:///etc/passwd",
            "gopher://receiver.example/",
            "javascript:alert(1)",
            "//receiver.example/",
            "receiver.example",
            "http://",
            "http:///receiver.example/",
            "http:receiver.example",
            r"http:\\receiver.example\x",
            r"http://receiver.example\x",
            "http://user@receiver.example/",
            "http://user:password@receiver.example/",
            "http://:password@receiver.example/",
            "http://receiver.example/#fragment",
            "http://receiver.example:99999/",
            "http://receiver.example/\r\nx: y",
            "http://rece\tiver.example/",
            " http://receiver.example/",
            "http://[::1/",
            "http://[fe80::1%25eth0]/",
            "",
        ] {
            assert!(wrong.parse::<WebhookUrl>().is_err(), "{wrong}");
        }
        let long = format!("http://receiver.example/{}", "x".repeat(LONGEST));
        assert_eq!(long.parse::<WebhookUrl>(), Err(FaultCode::TooLong));
    }

    #[test]
    fn an_address_is_not_printed_whole() {
        let url: WebhookUrl = "https://receiver.example/?key=hunter2".parse().unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
