//! Which release of one environment is which of another: by name, cluster and team; where clusters are not the same
//! in both, by name and team, and by name alone, as long as that leaves no choice.

use crate::release::Release;
use std::collections::BTreeMap;

/// The releases of two environments.
#[derive(Debug, Default)]
pub struct Pairs {
    /// Those that both have, in the order of the second.
    pub pairs: Vec<(Release, Release)>,
    /// Those that only the first has.
    pub before: Vec<Release>,
    /// Those that only the second has.
    pub after: Vec<Release>,
}

/// What tells a release from others of its environment.
type Key<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// Pairs them.
pub fn pairs(before: Vec<Release>, after: Vec<Release>) -> Pairs {
    let keys: [fn(&Release) -> Key<'_>; 3] = [
        |one| (one.name.as_str(), one.cluster.as_deref(), one.team.as_deref()),
        |one| (one.name.as_str(), None, one.team.as_deref()),
        |one| (one.name.as_str(), None, None),
    ];
    let mut partner: Vec<Option<usize>> = vec![None; after.len()];
    let mut taken = vec![false; before.len()];
    for key in keys {
        let (mut old, mut new): (BTreeMap<_, Vec<usize>>, BTreeMap<_, Vec<usize>>) = Default::default();
        for (at, release) in before.iter().enumerate().filter(|(at, _)| !taken[*at]) {
            old.entry(key(release)).or_default().push(at);
        }
        for (at, release) in after.iter().enumerate().filter(|(at, _)| partner[*at].is_none()) {
            new.entry(key(release)).or_default().push(at);
        }
        for (key, ours) in new {
            if let ([one], Some([other])) = (ours.as_slice(), old.get(&key).map(Vec::as_slice)) {
                (partner[*one], taken[*other]) = (Some(*other), true);
            }
        }
    }
    let mut old: Vec<Option<Release>> = before.into_iter().map(Some).collect();
    let mut found = Pairs::default();
    for (release, partner) in after.into_iter().zip(partner) {
        match partner.and_then(|at| old.get_mut(at)?.take()) {
            Some(other) => found.pairs.push((other, release)),
            None => found.after.push(release),
        }
    }
    found.before = old.into_iter().flatten().collect();
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn release(environment: &str, name: &str, cluster: &str, team: &str) -> Release {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Release { cluster: some(cluster), team: some(team), ..Release::of(environment, name).unwrap() }
    }

    fn told(before: &[(&str, &str, &str)], after: &[(&str, &str, &str)]) -> String {
        let side = |environment: &str, all: &[(&str, &str, &str)]| {
            all.iter().map(|(name, cluster, team)| release(environment, name, cluster, team)).collect()
        };
        let Pairs { pairs, before, after } = pairs(side("staging", before), side("prod", after));
        let pairs = pairs.iter().map(|(a, b)| format!("{}={}", a.place(), b.place()));
        let rest = before.iter().chain(&after).map(Release::place);
        pairs.chain(rest).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_clusters_and_teams_pair_and_names_alone_where_they_leave_no_choice() {
        assert_eq!(told(&[("a", "", "")], &[("a", "", "")]), "staging/a=prod/a");
        assert_eq!(told(&[("a", "eu", "")], &[("a", "us", "")]), "staging/eu/a=prod/us/a");
        assert_eq!(
            told(&[("a", "eu", ""), ("a", "us", "")], &[("a", "us", ""), ("a", "eu", "")]),
            "staging/us/a=prod/us/a staging/eu/a=prod/eu/a"
        );
        assert_eq!(
            told(&[("a", "", "")], &[("a", "us", ""), ("a", "eu", "")]),
            "staging/a prod/us/a prod/eu/a"
        );
        assert_eq!(
            told(&[("a", "s", "x")], &[("a", "p", "y"), ("b", "p", "x")]),
            "staging/s/a=prod/p/a prod/p/b"
        );
    }
}
