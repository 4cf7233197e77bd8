use std::collections::HashSet;

/// Names of columns by what their heads say: an empty one is named by its position, and one that comes again gets a number.
/// `heads` has positions, from 0, and texts.
pub fn names<'h>(heads: impl IntoIterator<Item = (usize, &'h str)>) -> Vec<String> {
    let mut known = HashSet::new();
    let heads = heads.into_iter();
    heads
        .map(|(position, head)| {
            let name = match head {
                "" => nameless(position),
                head => head.to_owned(),
            };
            let mut unique = name.clone();
            // With at most a few thousand columns this ends soon.
            for number in 2.. {
                if known.insert(unique.clone()) {
                    break;
                }
                unique = format!("{name}_{number}");
            }
            unique
        })
        .collect()
}

/// Of a column without a name; `position` counts from 0.
pub fn nameless(position: usize) -> String {
    format!("column{}", position + 1)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_unique() {
        let heads = ["a", "a", "", "column3", "a_2"];
        let expected = ["a", "a_2", "column3", "column3_2", "a_2_2"];
        assert_eq!(names(heads.into_iter().enumerate()), expected);
    }
}
