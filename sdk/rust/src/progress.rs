//! What live viewers see while a node works; not part of the result.

/// `fraction` is from 0 to 1 where it is known. Updates that come too fast are dropped.
pub fn report(fraction: Option<f32>, message: &str) {
    crate::host::progress(fraction, message);
}

/// A piece of output as it comes into being, such as a token of a language model.
pub fn partial(text: &str) {
    crate::host::partial(text);
}
