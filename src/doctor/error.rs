//! Why there is nothing to check.

/// What was asked for names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DoctorError {
    /// Neither a URL nor a target's name.
    #[error("`{asked}` is neither a URL nor a deployment that is known; {known}")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// What there is.
        known: String,
    },
    /// A name that several accounts have.
    #[error("`{asked}` is a deployment of several accounts; say which: {known}")]
    Ambiguous {
        /// What was asked for.
        asked: String,
        /// `ACCOUNT/DEPLOYMENT` of each.
        known: String,
    },
}
