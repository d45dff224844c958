//! Many releases on all cores. Each is compiled, handed on and dropped, so that memory does not grow with
//! their number.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// How many threads are of use here: one a core.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// What `work` makes of each item, in the order of the items; on `threads` threads, each of which takes the
/// next item when it is done with one. `progress` is told after each how many are done.
pub fn each<I: Sync, T: Send>(
    items: &[I],
    threads: usize,
    progress: &(dyn Fn(usize) + Sync),
    work: impl Fn(usize, &I) -> T + Sync,
) -> Vec<T> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let made: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        let mut own = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            own.push((index, work(index, item)));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1);
        }
        made.lock().unwrap_or_else(PoisonError::into_inner).extend(own);
    };
    thread::scope(|scope| {
        // The caller's thread is one of them.
        for _ in 1..threads.clamp(1, items.len().max(1)) {
            scope.spawn(run);
        }
        run();
    });
    let mut made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
    made.sort_unstable_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items_whatever_the_threads() {
        let items: Vec<usize> = (0..1000).collect();
        let seen = AtomicUsize::new(0);
        for threads in [0, 1, 3, 16] {
            let made = each(
                &items,
                threads,
                &|done| {
                    seen.fetch_max(done, Ordering::Relaxed);
                },
                |_, item| item * 2,
            );
            assert_eq!(made, items.iter().map(|item| item * 2).collect::<Vec<_>>());
            assert_eq!(seen.swap(0, Ordering::Relaxed), 1000);
        }
        assert!(each(&[] as &[usize], 4, &|_| {}, |_, item| *item).is_empty());
    }
}
