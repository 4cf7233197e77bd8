//! Words for messages: what there is, and what was probably meant.

/// Most names that a list in a message spells out.
const MAX_LISTED: usize = 12;

/// `: did you mean `x`?` or nothing.
pub(crate) fn did_you_mean<S: AsRef<str>>(wrong: &str, known: &[S]) -> String {
    closest(wrong, known.iter().map(AsRef::as_ref))
        .map(|best| format!(": did you mean `{best}`?"))
        .unwrap_or_default()
}

/// The name nearest to `wrong`, if one is near enough to be meant.
pub fn closest<'k>(wrong: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // Edit distance takes time by the product of the lengths.
    if wrong.len() > 128 {
        return None;
    }
    let wrong_lower = wrong.to_lowercase();
    let allowed = (wrong.chars().count() / 3).clamp(1, 4);
    known
        .into_iter()
        .filter(|name| name.len() <= 128)
        .map(|name| (strsim::osa_distance(&wrong_lower, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// `` `a`, `b`, `c` and 7 more``.
pub fn quoted_list<S: AsRef<str>>(names: &[S]) -> String {
    let shown: Vec<_> = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    let rest = names.len().saturating_sub(MAX_LISTED);
    if rest == 0 {
        shown.join(", ")
    } else {
        format!("{} and {rest} more", shown.join(", "))
    }
}
