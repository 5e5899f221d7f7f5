//! The progress bar: on standard error, on a terminal only.

use crate::pipeline::{Event, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shows a bar with rate and remaining time for each phase, and remembers how long each took.
#[derive(Debug)]
pub(super) struct Bar {
    visible: bool,
    current: Mutex<Option<(ProgressBar, Instant)>>,
    done: Mutex<Vec<PhaseTime>>,
}

/// How long a phase took, and what it did meanwhile.
#[derive(Debug, Clone)]
pub(super) struct PhaseTime {
    pub phase: String,
    pub bytes: u64,
    pub time: Duration,
}

impl Bar {
    pub fn new(quiet: bool) -> Bar {
        let visible = !quiet && std::io::stderr().is_terminal();
        Bar { visible, current: Mutex::new(None), done: Mutex::new(Vec::new()) }
    }

    /// The phases that are over.
    pub fn phases(&self) -> Vec<PhaseTime> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Progress for Bar {
    fn event(&self, event: Event) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begin { phase, total } => {
                let target = if self.visible { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
                let bar = ProgressBar::with_draw_target(Some(total), target);
                let template = "{prefix:>8} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
                if let Ok(style) = ProgressStyle::with_template(template) {
                    bar.set_style(style.progress_chars("=> "));
                }
                bar.set_prefix(phase.to_string());
                *current = Some((bar, Instant::now()));
            }
            Event::Advance { units, .. } => {
                if let Some((bar, _)) = current.as_ref() {
                    bar.inc(units);
                }
            }
            Event::End { phase } => {
                if let Some((bar, began)) = current.take() {
                    let time = PhaseTime { phase: phase.to_string(), bytes: bar.position(), time: began.elapsed() };
                    bar.finish_and_clear();
                    self.done.lock().unwrap_or_else(PoisonError::into_inner).push(time);
                }
            }
            Event::Reused { .. } => {}
        }
    }
}
