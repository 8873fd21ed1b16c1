//! Which addresses belong to the public internet.
//!
//! One table for each family, after IANA's special-purpose registries
//! (<https://www.iana.org/assignments/iana-ipv4-special-registry>, `-ipv6-`), plus the metadata services of clouds. What
//! carries a v4 address inside takes that address's class. IPv6 outside 2000::/3 is refused whatever it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::reason::RefusalReason::{self, *};

/// (network, prefix length, reason); the first match counts, so the narrower stand first.
const V4: &[(Ipv4Addr, u8, RefusalReason)] = &[
    // AWS, Google Cloud, Azure and most others; ECS tasks; EKS pods
    (Ipv4Addr::new(169, 254, 169, 254), 32, Metadata),
    (Ipv4Addr::new(169, 254, 170, 2), 32, Metadata),
    (Ipv4Addr::new(169, 254, 170, 23), 32, Metadata),
    // Alibaba; Oracle; Azure's wire server, a public address that answers only inside Azure
    (Ipv4Addr::new(100, 100, 100, 200), 32, Metadata),
    (Ipv4Addr::new(192, 0, 0, 192), 32, Metadata),
    (Ipv4Addr::new(168, 63, 129, 16), 32, Metadata),
    (Ipv4Addr::new(0, 0, 0, 0), 32, Unspecified),
    (Ipv4Addr::new(0, 0, 0, 0), 8, ThisNetwork),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Cgnat),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Loopback),
    (Ipv4Addr::new(169, 254, 0, 0), 16, LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, ProtocolAssignment),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Documentation),
    (Ipv4Addr::new(192, 88, 99, 0), 24, SixToFour),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Benchmarking),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Multicast),
    (Ipv4Addr::new(255, 255, 255, 255), 32, Broadcast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Reserved),
];

/// What remains after the embedded addresses were taken out by [`embedded`].
const V6: &[(Ipv6Addr, u8, RefusalReason)] = &[
    // AWS; Google Cloud
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, Metadata),
    (Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), 128, Metadata),
    (Ipv6Addr::UNSPECIFIED, 128, Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Loopback),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 63, Discard),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, Teredo),
    (Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0), 48, Benchmarking),
    (Ipv6Addr::new(0x2001, 0x10, 0, 0, 0, 0, 0, 0), 28, Orchid),
    (Ipv6Addr::new(0x2001, 0x20, 0, 0, 0, 0, 0, 0), 28, Orchid),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, ProtocolAssignment),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Documentation),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Documentation),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, UniqueLocal),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, LinkLocal),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, SiteLocal),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, Multicast),
];

/// Why this address must not be dialled, or `None` when it belongs to the public internet.
pub fn refused(address: IpAddr) -> Option<RefusalReason> {
    match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => refused_v6(v6),
    }
}

fn refused_v4(address: Ipv4Addr) -> Option<RefusalReason> {
    let bits = address.to_bits();
    V4.iter()
        .find(|(network, prefix, _)| (bits ^ network.to_bits()) >> (32 - prefix) == 0)
        .map(|&(_, _, reason)| reason)
}

fn refused_v6(address: Ipv6Addr) -> Option<RefusalReason> {
    if let Some((v4, carrier)) = embedded(address) {
        return refused_v4(v4).or(carrier);
    }
    let bits = address.to_bits();
    V6.iter()
        .find(|(network, prefix, _)| (bits ^ network.to_bits()) >> (128 - prefix) == 0)
        .map(|&(_, _, reason)| reason)
        .or((bits >> 125 != 0b001).then_some(Reserved))
}

/// The v4 address that this one carries, and why its carrier is refused even around a public one.
///
/// Only 64:ff9b::/96 (RFC 6052) is let through: networks without IPv4 reach the public internet by it.
fn embedded(address: Ipv6Addr) -> Option<(Ipv4Addr, Option<RefusalReason>)> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0] if g != 0 || h > 1 => Some((v4(g, h), Some(V4Compatible))),
        [0, 0, 0, 0, 0, 0xffff] => Some((v4(g, h), Some(V4Mapped))),
        [0, 0, 0, 0, 0xffff, 0] => Some((v4(g, h), Some(Siit))),
        [0x64, 0xff9b, 0, 0, 0, 0] => Some((v4(g, h), None)),
        [0x64, 0xff9b, 1, ..] => Some((v4(g, h), Some(Nat64))),
        [0x2002, high, low, ..] => Some((v4(high, low), Some(SixToFour))),
        _ => None,
    }
}
