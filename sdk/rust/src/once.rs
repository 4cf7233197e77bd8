use std::cell::OnceCell;

/// What a node makes of its parameters, made once for all items that share them. A field of the parameters, skipped by serde
/// and schemars.
#[derive(Debug)]
pub struct Once<T>(OnceCell<T>);

impl<T> Once<T> {
    /// # Errors
    ///
    /// As `make`; then nothing is kept.
    pub fn get_or_try<E>(&self, make: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        if let Some(made) = self.0.get() {
            return Ok(made);
        }
        let made = make()?;
        Ok(self.0.get_or_init(|| made))
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}
