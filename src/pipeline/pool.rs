//! Threads of the run's own: the same results, in the same order, on any number of them.

use crate::error::{Error, Result};
use std::num::NonZeroUsize;

/// A pool of threads; never the process's global one.
#[derive(Debug)]
pub struct Pool {
    threads: usize,
    #[cfg(feature = "parallel")]
    rayon: rayon::ThreadPool,
}

impl Pool {
    /// A pool of `threads` threads; `None` takes one per core that the process may use. Without the feature `parallel`, one.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the system gives no threads.
    pub fn new(threads: Option<NonZeroUsize>) -> Result<Pool> {
        let threads = threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
        Pool::build(threads)
    }

    #[cfg(feature = "parallel")]
    fn build(threads: usize) -> Result<Pool> {
        let rayon = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("mashbill-{i}"))
            .build()
            .map_err(|e| Error::Invalid { what: format!("{threads} threads"), problem: e.to_string() })?;
        Ok(Pool { threads, rayon })
    }

    #[cfg(not(feature = "parallel"))]
    fn build(_: usize) -> Result<Pool> {
        Ok(Pool { threads: 1 })
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// `work` on every item; results in the order of the items. May be called from within `work`.
    ///
    /// # Errors
    /// The error of the first item, in order, that failed among those tried.
    #[cfg(feature = "parallel")]
    pub fn map<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
        use rayon::prelude::*;
        use std::sync::atomic::{AtomicUsize, Ordering};
        // Items after the first failure are not begun, those before it are: so the reported one is the first, on any machine.
        let first_failure = AtomicUsize::new(usize::MAX);
        let results: Vec<Option<Result<R>>> = self.rayon.install(|| {
            let indexed = items.par_iter().enumerate();
            let run = indexed.map(|(i, item)| {
                if i > first_failure.load(Ordering::Relaxed) {
                    return None;
                }
                let result = work(item);
                if result.is_err() {
                    first_failure.fetch_min(i, Ordering::Relaxed);
                }
                Some(result)
            });
            run.collect()
        });
        results.into_iter().flatten().collect()
    }

    /// `work` on every item; results in the order of the items.
    ///
    /// # Errors
    /// The error of the first item that failed.
    #[cfg(not(feature = "parallel"))]
    pub fn map<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
        items.iter().map(work).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_and_the_first_error_wins() {
        let pool = Pool::new(NonZeroUsize::new(4)).unwrap();
        let items: Vec<u64> = (0..1000).collect();
        assert_eq!(pool.map(&items, |&i| Ok(i * 2)).unwrap(), items.iter().map(|i| i * 2).collect::<Vec<_>>());
        for _ in 0..20 {
            let fail = |&i: &u64| match i {
                300 | 301 | 700 => Err(Error::Infeasible(i.to_string())),
                _ => Ok(i),
            };
            assert_eq!(pool.map(&items, fail).unwrap_err().to_string(), "300");
        }
    }

    #[test]
    fn a_map_may_be_nested() {
        let pool = Pool::new(NonZeroUsize::new(2)).unwrap();
        let sums = pool.map(&[1, 2, 3], |&n| Ok(pool.map(&[10, 20], |&m| Ok(n * m))?.iter().sum::<i32>())).unwrap();
        assert_eq!(sums, [30, 60, 90]);
    }
}
