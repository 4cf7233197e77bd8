//! Which addresses a guest's request may reach. Sources: the IANA special-purpose address registries (RFC 6890 and
//! after), and the addresses at which clouds serve their metadata.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// A refused network.
struct Refused<N> {
    network: N,
    what: &'static str,
    /// An operator who names a host as internal (see `AllowedInternal`) may mean an address of this network.
    internal: bool,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8, what: &'static str, internal: bool) -> Refused<Ipv4Net> {
    Refused {
        network: Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length),
        what,
        internal,
    }
}

const fn v6(start: [u16; 4], length: u8, what: &'static str, internal: bool) -> Refused<Ipv6Net> {
    let address = Ipv6Addr::new(start[0], start[1], start[2], start[3], 0, 0, 0, 0);
    Refused {
        network: Ipv6Net::new_assert(address, length),
        what,
        internal,
    }
}

/// The first match counts.
const REFUSED_V4: [Refused<Ipv4Net>; 17] = [
    v4(0, 0, 0, 0, 8, "unspecified", false),
    v4(10, 0, 0, 0, 8, "private", true),
    v4(100, 64, 0, 0, 10, "shared by carriers (CGNAT)", true),
    v4(127, 0, 0, 0, 8, "loopback", true),
    v4(168, 63, 129, 16, 32, "the platform of a cloud", false),
    v4(
        169,
        254,
        0,
        0,
        16,
        "link-local, where clouds serve metadata",
        false,
    ),
    v4(172, 16, 0, 0, 12, "private", true),
    v4(192, 0, 0, 0, 24, "reserved for protocols", false),
    v4(192, 0, 2, 0, 24, "for documentation", false),
    v4(192, 88, 99, 0, 24, "a 6to4 relay", false),
    v4(192, 168, 0, 0, 16, "private", true),
    v4(198, 18, 0, 0, 15, "for benchmarks", true),
    v4(198, 51, 100, 0, 24, "for documentation", false),
    v4(203, 0, 113, 0, 24, "for documentation", false),
    v4(224, 0, 0, 0, 4, "multicast", false),
    v4(255, 255, 255, 255, 32, "broadcast", false),
    v4(240, 0, 0, 0, 4, "reserved", false),
];

/// The first match counts; outside of 2000::/3 everything is refused anyway, these say why.
const REFUSED_V6: [Refused<Ipv6Net>; 17] = [
    v6([0, 0, 0, 0], 128, "unspecified", false),
    Refused {
        network: Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128),
        what: "loopback",
        internal: true,
    },
    Refused {
        network: Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
        what: "an IPv4 address as IPv6",
        internal: false,
    },
    v6([0, 0, 0, 0], 96, "an IPv4 address as IPv6", false),
    v6([0x64, 0xff9b, 0, 0], 96, "an IPv4 address behind NAT64", false),
    v6([0x64, 0xff9b, 1, 0], 48, "an IPv4 address behind NAT64", false),
    v6([0x100, 0, 0, 0], 64, "discarded", false),
    v6([0x2001, 0, 0, 0], 32, "an IPv4 address in a Teredo tunnel", false),
    v6([0x2001, 0, 0, 0], 23, "reserved for protocols", false),
    v6([0x2001, 0xdb8, 0, 0], 32, "for documentation", false),
    v6([0x2002, 0, 0, 0], 16, "an IPv4 address in a 6to4 tunnel", false),
    v6([0x3fff, 0, 0, 0], 20, "for documentation", false),
    v6([0xfc00, 0, 0, 0], 7, "private (ULA)", true),
    v6([0xfe80, 0, 0, 0], 10, "link-local", false),
    v6([0xfec0, 0, 0, 0], 10, "site-local", false),
    v6([0xff00, 0, 0, 0], 8, "multicast", false),
    v6([0x5f00, 0, 0, 0], 16, "reserved for protocols", false),
];

const GLOBAL_UNICAST: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Why nobody may be reached at this address; `None` if it is public.
pub fn refusal(address: IpAddr) -> Option<&'static str> {
    find(address).map(|(what, _)| what)
}

/// The same for a name that an operator listed as internal: private networks and loopback are what that is for, but
/// link-local, unspecified, multicast and tunnels stay refused.
pub(super) fn refusal_of_internal(address: IpAddr) -> Option<&'static str> {
    find(address)
        .filter(|(_, internal)| !internal)
        .map(|(what, _)| what)
}

/// Names that mean this machine by RFC 6761, whatever a resolver says.
pub(super) fn is_local_name(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn find(address: IpAddr) -> Option<(&'static str, bool)> {
    match address {
        IpAddr::V4(address) => {
            let refused = REFUSED_V4
                .iter()
                .find(|refused| refused.network.contains(&address))?;
            Some((refused.what, refused.internal))
        }
        IpAddr::V6(address) => {
            let refused = REFUSED_V6
                .iter()
                .find(|refused| refused.network.contains(&address));
            let unassigned = (!GLOBAL_UNICAST.contains(&address)).then_some(("not assigned", false));
            refused
                .map(|refused| (refused.what, refused.internal))
                .or(unassigned)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_every_address_that_is_not_public() {
        for (address, what) in [
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "unspecified"),
            ("10.0.0.1", "private"),
            ("10.255.255.255", "private"),
            ("100.64.0.1", "shared by carriers (CGNAT)"),
            ("100.100.100.200", "shared by carriers (CGNAT)"),
            ("100.127.255.255", "shared by carriers (CGNAT)"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("168.63.129.16", "the platform of a cloud"),
            ("169.254.0.1", "link-local, where clouds serve metadata"),
            ("169.254.169.254", "link-local, where clouds serve metadata"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.0.0.192", "reserved for protocols"),
            ("192.0.2.1", "for documentation"),
            ("192.88.99.1", "a 6to4 relay"),
            ("192.168.0.1", "private"),
            ("198.18.0.1", "for benchmarks"),
            ("198.19.255.255", "for benchmarks"),
            ("198.51.100.7", "for documentation"),
            ("203.0.113.9", "for documentation"),
            ("224.0.0.1", "multicast"),
            ("239.255.255.255", "multicast"),
            ("240.0.0.1", "reserved"),
            ("255.255.255.255", "broadcast"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::ffff:169.254.169.254", "an IPv4 address as IPv6"),
            ("::ffff:8.8.8.8", "an IPv4 address as IPv6"),
            ("::ffff:a00:1", "an IPv4 address as IPv6"),
            ("::127.0.0.1", "an IPv4 address as IPv6"),
            ("::ffff:0:127.0.0.1", "not assigned"),
            ("64:ff9b::a9fe:a9fe", "an IPv4 address behind NAT64"),
            ("64:ff9b:1::1", "an IPv4 address behind NAT64"),
            ("100::1", "discarded"),
            ("2001::1", "an IPv4 address in a Teredo tunnel"),
            ("2001:10::1", "reserved for protocols"),
            ("2001:db8::1", "for documentation"),
            ("2002:7f00:1::", "an IPv4 address in a 6to4 tunnel"),
            ("3fff::1", "for documentation"),
            ("5f00::1", "reserved for protocols"),
            ("fc00::1", "private (ULA)"),
            ("fd00:ec2::254", "private (ULA)"),
            ("fe80::1", "link-local"),
            ("febf::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("4000::1", "not assigned"),
            ("e000::1", "not assigned"),
        ] {
            assert_eq!(refusal(address.parse().unwrap()), Some(what), "{address}");
        }
    }

    #[test]
    fn lets_public_addresses_pass() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450::1",
        ] {
            assert_eq!(refusal(address.parse().unwrap()), None, "{address}");
        }
    }

    #[test]
    fn an_internal_name_may_mean_private_networks_only() {
        for (address, allowed) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("10.1.2.3", true),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("fd00::1", true),
            ("8.8.8.8", true),
            ("169.254.169.254", false),
            ("168.63.129.16", false),
            ("fe80::1", false),
            ("0.0.0.0", false),
            ("::ffff:10.0.0.1", false),
            ("224.0.0.1", false),
        ] {
            assert_eq!(
                refusal_of_internal(address.parse().unwrap()).is_none(),
                allowed,
                "{address}"
            );
        }
    }

    #[test]
    fn knows_the_names_of_this_machine() {
        assert!(is_local_name("localhost"));
        assert!(is_local_name("anything.localhost"));
        assert!(!is_local_name("localhost.example"));
        assert!(!is_local_name("notlocalhost"));
    }
}
