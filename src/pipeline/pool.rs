//! Threads of the run's own: the same results, in the same order, on any number of them.

use crate::error::Result;
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
    /// [`crate::Error::Invalid`] if the system gives no threads.
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
            .map_err(|e| crate::Error::Invalid { what: format!("{threads} threads"), problem: e.to_string() })?;
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

    /// `work` on every item; results in the order of the items. Items are begun in order, so that at most as many as there are
    /// threads are under way; a run that stops half-way has lost no more than those.
    ///
    /// # Errors
    /// The error of the first item, in order, that failed among those begun. After a failure no later item is begun, all earlier
    /// ones are: so the reported one is the same on any number of threads.
    #[cfg(feature = "parallel")]
    pub fn map<T: Sync, R: Send>(&self, items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
        use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
        use std::sync::{Mutex, PoisonError};
        let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
        let done: Mutex<Vec<(usize, Result<R>)>> = Mutex::new(Vec::with_capacity(items.len()));
        let worker = || {
            while !failed.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(at) else { break };
                let result = work(item);
                failed.fetch_or(result.is_err(), Ordering::Relaxed);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            }
        };
        self.rayon.broadcast(|_| worker());
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_unstable_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
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
    use crate::error::Error;

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
    fn no_more_items_are_under_way_than_threads() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let pool = Pool::new(NonZeroUsize::new(3)).unwrap();
        let (begun, ended) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |&i: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            let open = begun.load(Ordering::SeqCst) - ended.load(Ordering::SeqCst);
            std::thread::yield_now();
            ended.fetch_add(1, Ordering::SeqCst);
            Ok((i, open))
        };
        let items: Vec<usize> = (0..500).collect();
        let seen = pool.map(&items, work).unwrap();
        assert!(seen.iter().all(|&(_, open)| open <= 3), "{:?}", seen.iter().max_by_key(|s| s.1));
        assert!(seen.iter().map(|s| s.0).eq(0..500));
    }
}
