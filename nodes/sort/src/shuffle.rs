use monshyflow_sdk::{NodeError, random};

/// All of `items`, every order as likely as any other.
pub(crate) fn shuffled<T>(items: &[T]) -> Result<Vec<&T>, NodeError> {
    let mut bytes = vec![0; items.len() * 8];
    random::fill(&mut bytes)?;
    let mut numbers = bytes.chunks_exact(8).map(|bytes| {
        let bytes = bytes.iter().map(|byte| u64::from(*byte));
        bytes.fold(0, |number, byte| number << 8 | byte)
    });
    Ok(by_chance(items, |below| {
        // 64 bits for far fewer items: that some remainders are likelier cannot be noticed.
        (numbers.next().unwrap_or_default() % below as u64) as usize
    }))
}

/// Fisher and Yates; `below(n)` is a number from 0 to n - 1.
fn by_chance<T>(items: &[T], mut below: impl FnMut(usize) -> usize) -> Vec<&T> {
    let mut order: Vec<&T> = items.iter().collect();
    for last in (1..order.len()).rev() {
        order.swap(last, below(last + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn chance_decides_every_place() {
        assert_eq!(by_chance(&[1, 2, 3, 4], |_| 0), [&2, &3, &4, &1]);
        assert_eq!(by_chance(&[1, 2, 3, 4], |below| below - 1), [&1, &2, &3, &4]);
    }

    #[test]
    fn nothing_is_lost_and_orders_differ() {
        let items: Vec<u32> = (0..50).collect();
        let orders: Vec<Vec<&u32>> = (0..20).map(|_| shuffled(&items).unwrap()).collect();
        for order in &orders {
            assert_eq!(order.iter().collect::<HashSet<_>>().len(), 50);
        }
        assert!(orders.iter().collect::<HashSet<_>>().len() > 15);
    }
}
