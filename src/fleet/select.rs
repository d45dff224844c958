//! Some releases of a plan: those that fit, and one machine's share of them.

use super::pattern::fits;
use super::plan::Planned;
use crate::release::Release;
use std::fmt;
use std::str::FromStr;

/// Which releases of a plan are meant: those that fit one pattern of each list; an empty list fits all.
#[derive(Debug, Clone, Default)]
pub struct Select {
    /// Environments.
    pub environments: Vec<String>,
    /// Names of releases.
    pub releases: Vec<String>,
    /// Clusters; a release without one fits none but the empty list.
    pub clusters: Vec<String>,
    /// Teams; the same.
    pub teams: Vec<String>,
}

impl Select {
    /// Whether all are meant.
    pub fn is_everything(&self) -> bool {
        [&self.environments, &self.releases, &self.clusters, &self.teams].iter().all(|list| list.is_empty())
    }

    /// Whether a release is meant.
    pub fn takes(&self, release: &Release) -> bool {
        let one = |patterns: &[String], name: Option<&str>| {
            patterns.is_empty() || name.is_some_and(|name| patterns.iter().any(|pattern| fits(pattern, name)))
        };
        one(&self.environments, Some(&release.environment))
            && one(&self.releases, Some(release.name.as_str()))
            && one(&self.clusters, release.cluster.as_deref())
            && one(&self.teams, release.team.as_deref())
    }

    /// The first pattern that fits none of the releases, with the option it was given to and the names
    /// that there are.
    pub fn idle<'a>(&'a self, releases: &'a [Planned]) -> Option<(&'static str, &'a str, Vec<&'a str>)> {
        let lists: [(&str, &[String], fn(&Release) -> Option<&str>); 4] = [
            ("env", &self.environments, |release| Some(&release.environment)),
            ("release", &self.releases, |release| Some(release.name.as_str())),
            ("cluster", &self.clusters, |release| release.cluster.as_deref()),
            ("team", &self.teams, |release| release.team.as_deref()),
        ];
        lists.into_iter().find_map(|(option, patterns, name)| {
            let mut names: Vec<&str> = releases.iter().filter_map(|planned| name(&planned.release)).collect();
            let pattern = patterns.iter().find(|pattern| !names.iter().any(|name| fits(pattern, name)))?;
            names.sort_unstable();
            names.dedup();
            Some((option, pattern.as_str(), names))
        })
    }
}

/// One of several shares of a project: every release belongs to exactly one, whatever else the project lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which share, from 0.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

impl Shard {
    /// Whether a release belongs to this share. Releases that share a namespace may lie in different shares:
    /// each is compiled with what it has to know of the others.
    ///
    /// A release stays in its share when others come or go, since only its own place decides.
    pub fn takes(self, place: &str) -> bool {
        // FNV-1a: as even as is needed here, the same on every machine and in every version.
        let hash = place.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        // The high bits are the well mixed ones.
        (hash >> 32) % u64::from(self.count.max(1)) == u64::from(self.index)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    /// Reads `I/N`, I from 0 on and below N.
    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text.split_once('/').and_then(|(index, count)| {
            let number = |text: &str| text.trim().parse::<u32>().ok();
            Some(Shard { index: number(index)?, count: number(count)? })
        });
        match parts {
            Some(shard) if shard.index < shard.count => Ok(shard),
            Some(shard) => {
                Err(format!("of {} shares the last one is {}", shard.count, i64::from(shard.count) - 1))
            }
            None => Err("write it as I/N, such as 0/4 for the first of four".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every place lies in exactly one share, and the shares are of like size.
    #[test]
    fn shares_are_disjoint_whole_and_even() {
        let places: Vec<String> =
            (0..2000).map(|index| format!("prod/eu-{}/t{}-connect", index % 40, index / 40)).collect();
        for count in [1, 2, 3, 8] {
            let mut sizes = vec![0_usize; count as usize];
            for place in &places {
                let taken: Vec<u32> =
                    (0..count).filter(|index| Shard { index: *index, count }.takes(place)).collect();
                assert_eq!(taken.len(), 1, "{place}");
                sizes[taken[0] as usize] += 1;
            }
            let even = places.len() / count as usize;
            assert!(sizes.iter().all(|size| size.abs_diff(even) < even / 4 + 1), "{count}: {sizes:?}");
        }
    }

    #[test]
    fn shares_are_read_strictly() {
        assert_eq!("1/4".parse(), Ok(Shard { index: 1, count: 4 }));
        for text in ["4/4", "0/0", "1", "a/b", "-1/2", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
