//! Work shared out over the processors.

use std::sync::Mutex;
use std::thread;

/// What `work` makes of each item, in their order, by as many threads as there are processors.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let waiting = Mutex::new(items.iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let share = || std::iter::from_fn(next).map(|(place, item)| (place, work(item))).collect::<Vec<_>>();
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let shares: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
        let joined = shares.into_iter().map(|share| share.join());
        joined.flat_map(|share| share.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn keeps_the_order_and_does_each_once() {
        let items: Vec<usize> = (0..1000).collect();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let doubled = super::map(&items, |item| {
            done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            item * 2
        });
        assert_eq!(doubled, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert_eq!(done.into_inner(), 1000);
        assert!(super::map(&[] as &[usize], |item| *item).is_empty());
    }
}
