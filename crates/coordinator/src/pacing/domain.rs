//! Which hosts belong to one owner: those under one registrable domain, which is one label more than a public suffix.

use std::net::Ipv4Addr;

/// The domain of a resource, which is a host with or without a port. An address, and a name that no suffix fits, stand for
/// themselves.
pub(crate) fn domain_of(resource: &str) -> &str {
    let host = host_of(resource);
    if host.starts_with('[') || host.parse::<Ipv4Addr>().is_ok() {
        return host;
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    psl::domain_str(name).unwrap_or(name)
}

fn host_of(resource: &str) -> &str {
    match resource.find(']') {
        Some(end) => &resource[..=end],
        None => resource.split(':').next().unwrap_or(resource),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(resource: &str, domain: &str) {
        assert_eq!(domain_of(resource), domain, "{resource}");
    }

    #[test]
    fn hosts_of_one_owner_share_a_domain() {
        check("shop.example", "shop.example");
        check("www.shop.example", "shop.example");
        check("a.b.shop.example:8080", "shop.example");
        check("www.shop.co.uk", "shop.co.uk");
        check("shop.example.", "shop.example");
        // a suffix in a script of its own, as URLs write it
        check("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn");
    }

    #[test]
    fn sites_that_a_host_lets_to_others_are_owners_of_their_own() {
        check("alice.github.io", "alice.github.io");
        check("www.bob.github.io", "bob.github.io");
    }

    #[test]
    fn addresses_and_bare_names_stand_for_themselves() {
        check("127.0.0.1", "127.0.0.1");
        check("127.0.0.1:8080", "127.0.0.1");
        check("[::1]", "[::1]");
        check("[2001:db8::7]:8080", "[2001:db8::7]");
        check("localhost:8080", "localhost");
        check("co.uk", "co.uk");
        check("", "");
        check(":8080", "");
        check("]", "]");
    }
}
