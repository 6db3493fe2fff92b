//! A credential whose tokens end by the door's clock.
//!
//! `azure_identity` renews a token when the machine's clock says so. A simulated clock jumps over waits, so that a token
//! of an hour can end within a second of the machine's time, and the credential would go on handing it out.

use super::clock::Clock;
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::OffsetDateTime;
use futures_util::lock::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A token that has less than this part of its life left is renewed.
const MARGIN: u32 = 12;

/// Makes a credential that remembers nothing.
type Make = Box<dyn Fn() -> azure_core::Result<Arc<dyn TokenCredential>> + Send + Sync>;

/// Asks anew for a token that has ended by the clock it was given.
pub struct Renewed {
    make: Make,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    inner: Arc<dyn TokenCredential>,
    /// By scopes: a token, and until when it is handed out by the clock.
    known: HashMap<String, (String, Duration)>,
}

impl std::fmt::Debug for Renewed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renewed")
    }
}

impl Renewed {
    /// `make` is called at once, and again whenever a token has ended.
    ///
    /// # Errors
    /// That of `make`.
    pub fn new(make: Make, clock: Arc<dyn Clock>) -> azure_core::Result<Self> {
        let inner = make()?;
        Ok(Renewed {
            make,
            clock,
            state: Mutex::new(State {
                inner,
                known: HashMap::new(),
            }),
        })
    }
}

#[async_trait]
impl TokenCredential for Renewed {
    async fn get_token(
        &self,
        scopes: &[&str],
        options: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let mut state = self.state.lock().await;
        let name = scopes.join(" ");
        let now = self.clock.elapsed();
        let mut token = state.inner.get_token(scopes, options.clone()).await?;
        let known = state.known.get(&name);
        if known.is_some_and(|(known, until)| known == token.token.secret() && now >= *until) {
            state.inner = (self.make)()?;
            state.known.clear();
            token = state.inner.get_token(scopes, options).await?;
        }
        if !matches!(state.known.get(&name), Some((known, _)) if known == token.token.secret()) {
            let left = token.expires_on - OffsetDateTime::now_utc();
            let life = Duration::try_from(left).unwrap_or_default();
            let until = now + life - life / MARGIN;
            let secret = token.token.secret().to_owned();
            state.known.insert(name, (secret, until));
        }
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::UnderWay;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::SystemTime;

    /// Stands where it is put.
    #[derive(Default)]
    struct Stopped(AtomicU32);

    #[async_trait]
    impl Clock for Stopped {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed).into())
        }

        async fn sleep(&self, _: Duration) {}

        fn begin(&self) -> UnderWay {
            Box::new(())
        }
    }

    /// Keeps its token for ever, as a credential does within a second.
    #[derive(Debug)]
    struct Kept(u32);

    #[async_trait]
    impl TokenCredential for Kept {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            let ends = OffsetDateTime::now_utc() + Duration::from_secs(3600);
            Ok(AccessToken::new(
                format!("{} {}", scopes.join(" "), self.0),
                ends,
            ))
        }
    }

    #[tokio::test]
    async fn a_token_is_asked_for_again_when_it_has_ended_by_the_clock_and_not_before() {
        let clock = Arc::new(Stopped::default());
        let made = AtomicU32::new(0);
        let make: Make = Box::new(move || Ok(Arc::new(Kept(made.fetch_add(1, Ordering::Relaxed)))));
        let credential = Renewed::new(make, clock.clone()).unwrap();
        let mut seen = Vec::new();
        for at in [0, 3000, 3290, 3310, 6500, 6700] {
            clock.0.store(at, Ordering::Relaxed);
            let token = credential.get_token(&["a"], None).await.unwrap();
            seen.push(token.token.secret().to_owned());
        }
        assert_eq!(seen, ["a 0", "a 0", "a 0", "a 1", "a 1", "a 2"]);
    }
}
