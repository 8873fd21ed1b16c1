//! The closed list of reasons why the gate refuses an address.

use std::fmt;

use serde::Serialize;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// Why the gate refuses, written in `snake_case`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum RefusalReason {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl RefusalReason {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }
        }
    };
}

reasons! {
    /// Anything but http and https.
    Scheme = "scheme",
    /// A port that is neither in the list nor let in by a rule.
    Port = "port",
    /// The URL names no host.
    NoHost = "no_host",
    /// 0.0.0.0 and ::, which most systems connect to themselves.
    Unspecified = "unspecified",
    /// 0.0.0.0/8.
    ThisNetwork = "this_network",
    Loopback = "loopback",
    /// RFC 1918.
    Private = "private",
    /// 100.64.0.0/10, shared by the customers of a carrier.
    Cgnat = "cgnat",
    LinkLocal = "link_local",
    /// Where clouds hand out credentials.
    Metadata = "metadata",
    ProtocolAssignment = "protocol_assignment",
    Documentation = "documentation",
    Benchmarking = "benchmarking",
    Multicast = "multicast",
    Broadcast = "broadcast",
    /// Neither assigned to the global internet nor anything else of this list.
    Reserved = "reserved",
    /// 2002::/16 and the relay 192.88.99.0/24, retired by RFC 7526.
    SixToFour = "six_to_four",
    /// ::ffff:0:0/96 around a public address; around any other, that address's own reason.
    V4Mapped = "v4_mapped",
    V4Compatible = "v4_compatible",
    /// 64:ff9b:1::/48, a translator of the local network.
    Nat64 = "nat64",
    /// ::ffff:0:0:0/96.
    Siit = "siit",
    Discard = "discard",
    Teredo = "teredo",
    Orchid = "orchid",
    UniqueLocal = "unique_local",
    SiteLocal = "site_local",
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
