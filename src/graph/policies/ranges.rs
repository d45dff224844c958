//! Sets of numbers: ports, and addresses as the numbers that they are.

use std::net::IpAddr;

/// A set of numbers, as ranges that lie apart and in order, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    /// One range.
    pub fn one(from: u128, to: u128) -> Self {
        Ranges(if from <= to { vec![(from, to)] } else { Vec::new() })
    }

    /// Adds what is in another set.
    pub fn add(&mut self, other: &Ranges) {
        let mut all: Vec<(u128, u128)> = self.0.iter().chain(&other.0).copied().collect();
        all.sort_unstable();
        self.0.clear();
        for (from, to) in all {
            match self.0.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => self.0.push((from, to)),
            }
        }
    }

    /// What is not in another set.
    #[must_use]
    pub fn minus(&self, other: &Ranges) -> Ranges {
        let mut left = Vec::new();
        for &(mut from, to) in &self.0 {
            let mut done = false;
            for &(start, end) in &other.0 {
                if end < from || start > to {
                    continue;
                }
                if start > from {
                    left.push((from, start - 1));
                }
                if end >= to {
                    done = true;
                    break;
                }
                from = end + 1;
            }
            if !done {
                left.push((from, to));
            }
        }
        Ranges(left)
    }

    /// Whether all of another set is in it.
    pub fn covers(&self, other: &Ranges) -> bool {
        other.minus(self).is_empty()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its ranges, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u128, u128)> + '_ {
        self.0.iter().copied()
    }
}

/// A set of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addresses {
    v4: Ranges,
    v6: Ranges,
}

impl Addresses {
    /// The addresses of a block such as `10.0.0.0/8`; nothing where it cannot be read.
    pub fn block(cidr: &str) -> Option<Addresses> {
        let (address, prefix) = cidr.split_once('/')?;
        let (address, prefix): (IpAddr, u32) = (address.parse().ok()?, prefix.parse().ok()?);
        let range = |first: u128, bits: u32| {
            let host = u128::MAX.checked_shr(128 - (bits.checked_sub(prefix)?)).unwrap_or(0);
            Some(Ranges::one(first & !host, first | host))
        };
        Some(match address {
            IpAddr::V4(v4) => Addresses { v4: range(u128::from(u32::from(v4)), 32)?, v6: Ranges::default() },
            IpAddr::V6(v6) => Addresses { v4: Ranges::default(), v6: range(u128::from(v6), 128)? },
        })
    }

    /// Adds what is in another set.
    pub fn add(&mut self, other: &Addresses) {
        self.v4.add(&other.v4);
        self.v6.add(&other.v6);
    }

    /// What is not in another set.
    #[must_use]
    pub fn minus(&self, other: &Addresses) -> Addresses {
        Addresses { v4: self.v4.minus(&other.v4), v6: self.v6.minus(&other.v6) }
    }

    /// Whether all of another set is in it.
    pub fn covers(&self, other: &Addresses) -> bool {
        self.v4.covers(&other.v4) && self.v6.covers(&other.v6)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether a cluster's pods may well have addresses of it: it holds one of the ranges that networks
    /// of pods are made of (RFC 1918, RFC 6598).
    pub fn may_hold_pods(&self) -> bool {
        ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"]
            .into_iter()
            .filter_map(Addresses::block)
            .any(|block| {
                self.v4.iter().any(|(from, to)| {
                    block.v4.iter().any(|(a, b)| from <= b && a <= to && to - from >= 0xFFFF)
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(cidr: &str) -> Addresses {
        Addresses::block(cidr).unwrap()
    }

    #[test]
    fn ranges_are_joined_and_cut() {
        let mut set = Ranges::one(1, 4);
        set.add(&Ranges::one(8, 9));
        set.add(&Ranges::one(5, 6));
        assert_eq!(set.iter().collect::<Vec<_>>(), [(1, 6), (8, 9)]);
        assert_eq!(set.minus(&Ranges::one(2, 8)).iter().collect::<Vec<_>>(), [(1, 1), (9, 9)]);
        assert!(set.covers(&Ranges::one(2, 6)) && !set.covers(&Ranges::one(6, 8)));
        assert!(Ranges::one(0, u128::MAX).minus(&Ranges::one(0, u128::MAX)).is_empty());
        assert!(Ranges::one(2, 1).is_empty());
    }

    #[test]
    fn blocks_are_read_as_the_addresses_in_them() {
        assert!(block("10.0.0.0/8").covers(&block("10.1.2.3/32")));
        assert!(!block("10.0.0.0/8").covers(&block("11.0.0.0/32")));
        assert!(block("0.0.0.0/0").covers(&block("255.255.255.255/32")));
        assert!(!block("0.0.0.0/0").covers(&block("::1/128")), "families are apart");
        assert!(block("::/0").covers(&block("fd00:ec2::254/128")));
        assert_eq!(block("10.1.2.3/8"), block("10.0.0.0/8"), "bits of the host do not count");
        let mut halves = block("192.0.2.0/25");
        halves.add(&block("192.0.2.128/25"));
        assert!(halves.covers(&block("192.0.2.0/24")), "two halves are a whole");
        for wrong in ["10.0.0.0", "10.0.0.0/33", "x/8", "10.0.0.0/-1", ""] {
            assert_eq!(Addresses::block(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pods_have_private_addresses() {
        assert!(block("0.0.0.0/0").may_hold_pods() && block("10.244.0.0/16").may_hold_pods());
        assert!(!block("192.0.2.0/24").may_hold_pods() && !block("10.96.0.1/32").may_hold_pods());
    }
}
