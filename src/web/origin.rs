//! From where a request without a token comes, as far as that limits it. An address is read, grouped, and turned into a
//! keyed hash here; nothing of it goes into a log, an answer or a table.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv6Addr};

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use ipnet::IpNet;

use super::app::App;

/// Where the request comes from: an IPv4 address, or the /64 of an IPv6 address, which one household or firm has whole.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Origin(IpAddr);

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(origin)")
    }
}

impl Origin {
    /// The bytes that are hashed.
    pub(super) fn bytes(self) -> [u8; 16] {
        match self.0 {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        }
    }

    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

impl FromRequest for Origin {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let peer = request
            .peer_addr()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip());
        let trusted: &[IpNet] = request
            .app_data::<Data<App>>()
            .map_or(&[], |app| app.trusted_proxies.as_slice());
        ready(Ok(read(peer, request.headers(), trusted)))
    }
}

/// A proxy that is trusted says whom it speaks for, and the last that is not is where the request comes from. Two headers
/// that contradict each other show that one was sent by the client; then the proxy stands for both.
fn read(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Origin {
    let is_trusted = |address: &IpAddr| {
        let address = address.to_canonical();
        trusted.iter().any(|range| range.contains(&address))
    };
    if !is_trusted(&peer) {
        return Origin::of(peer);
    }
    let forwarded = chain(headers, "forwarded", of_forwarded);
    let x_forwarded_for = chain(headers, "x-forwarded-for", address_in);
    let chain = match (forwarded, x_forwarded_for) {
        (Some(one), Some(other)) if one != other => return Origin::of(peer),
        (Some(chain), _) | (None, Some(chain)) => chain,
        (None, None) => return Origin::of(peer),
    };
    let mut origin = peer;
    for hop in chain.into_iter().rev() {
        // What cannot be read ends what can be believed.
        let Some(address) = hop else { break };
        origin = address;
        if !is_trusted(&address) {
            break;
        }
    }
    Origin::of(origin)
}

fn chain(headers: &HeaderMap, name: &str, read: impl Fn(&str) -> Option<IpAddr>) -> Option<Vec<Option<IpAddr>>> {
    let mut hops = Vec::new();
    for value in headers.get_all(name) {
        match value.to_str() {
            Ok(text) => hops.extend(text.split(',').map(|entry| read(entry.trim()))),
            Err(_) => hops.push(None),
        }
    }
    (!hops.is_empty()).then_some(hops)
}

/// The `for` of an element of RFC 7239.
fn of_forwarded(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then(|| address_in(value.trim().trim_matches('"')))
            .flatten()
    })
}

/// An address, with or without brackets and port.
fn address_in(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .map_or(text, |(inner, _)| inner);
    bare.parse().ok().or_else(|| {
        let (address, port) = bare.rsplit_once(':')?;
        port.parse::<u16>().ok()?;
        address.parse::<std::net::Ipv4Addr>().ok().map(IpAddr::V4)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn origin(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"]
            .iter()
            .map(|net| net.parse().unwrap())
            .collect();
        read(peer.parse().unwrap(), &map, &trusted).0.to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let spoofed = [("x-forwarded-for", "198.51.100.1")];
        assert_eq!(origin("203.0.113.9", &spoofed), "203.0.113.9");
        assert_eq!(origin("10.0.0.1", &spoofed), "198.51.100.1");
        assert_eq!(origin("::ffff:10.0.0.1", &spoofed), "198.51.100.1");
        assert_eq!(origin("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_the_client_put_in_front_does_not_count() {
        let appended = [("x-forwarded-for", "1.2.3.4, 198.51.100.1, 10.0.0.2")];
        assert_eq!(origin("10.0.0.1", &appended), "198.51.100.1");
        let twice = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "198.51.100.1")];
        assert_eq!(origin("10.0.0.1", &twice), "198.51.100.1");
        let both = [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(origin("10.0.0.1", &both), "10.0.0.1");
        assert_eq!(
            origin("10.0.0.1", &[("x-forwarded-for", "198.51.100.1, nonsense")]),
            "10.0.0.1"
        );
    }

    #[test]
    fn both_headers_are_read_in_all_their_forms() {
        for (value, expected) in [
            ("for=198.51.100.1", "198.51.100.1"),
            ("proto=https;For=\"198.51.100.1:4711\"", "198.51.100.1"),
            ("for=\"[2001:db8:1:2:3::4]:80\"", "2001:db8:1:2::"),
            ("for=198.51.100.1, for=10.0.0.3;by=10.0.0.1", "198.51.100.1"),
        ] {
            assert_eq!(origin("10.0.0.1", &[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn a_household_of_ipv6_is_one_origin() {
        assert_eq!(origin("2001:db8:1:2:aaaa::1", &[]), origin("2001:db8:1:2:bbbb::2", &[]));
        assert_ne!(origin("2001:db8:1:2::1", &[]), origin("2001:db8:1:3::1", &[]));
    }
}
