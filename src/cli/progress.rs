//! How far long work is: a bar on a terminal, a line now and then elsewhere, nothing with `--quiet`.

use super::output::Terminal;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long nothing is said where there is no terminal. Work that is done sooner says nothing at all.
const EVERY: Duration = Duration::from_secs(5);

/// Shows how many of a number of things are done.
pub struct Progress {
    kind: Kind,
    total: usize,
    what: &'static str,
    begun: Instant,
}

enum Kind {
    None,
    Bar(ProgressBar),
    Lines(Mutex<Instant>),
}

impl Progress {
    /// For `total` things, such as `releases`.
    pub fn new(terminal: &Terminal, total: usize, what: &'static str) -> Progress {
        let begun = Instant::now();
        let kind = if terminal.is_quiet() || total < 2 {
            Kind::None
        } else if terminal.is_watched() {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}  {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.set_message(what);
            Kind::Bar(bar)
        } else {
            Kind::Lines(Mutex::new(begun))
        };
        Progress { kind, total, what, begun }
    }

    /// Takes note that so many are done.
    pub fn done(&self, terminal: &Terminal, count: usize) {
        match &self.kind {
            Kind::None => {}
            Kind::Bar(bar) => bar.set_position(count as u64),
            Kind::Lines(last) => {
                let Ok(mut last) = last.try_lock() else { return };
                if last.elapsed() >= EVERY {
                    *last = Instant::now();
                    terminal.tell(&format!("{count} of {} {}", self.total, self.what));
                }
            }
        }
    }

    /// Takes the bar away; gives the seconds that passed, with one digit after the point.
    pub fn finish(self) -> String {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
        format!("{:.1} s", self.begun.elapsed().as_secs_f64())
    }
}
