//! The world as it stands now: every service reads it, and what ARM changes is seen by the next request.

use super::World;
use std::sync::{Arc, PoisonError, RwLock};

/// A world that can be changed while it is served. Clones share it.
///
/// A request works on the world that stood when it arrived, so that no change is seen half.
#[derive(Clone)]
pub struct Live(Arc<RwLock<Arc<World>>>);

impl Live {
    /// Shares `world`.
    pub fn new(world: World) -> Self {
        Arc::new(world).into()
    }

    /// The world of this moment.
    pub fn now(&self) -> Arc<World> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Applies `change` to a copy, and puts it in place where `change` succeeds. Changes never overlap.
    ///
    /// # Errors
    /// What `change` refuses; the world is then as it was.
    pub fn change<T, E>(
        &self,
        change: impl FnOnce(&mut World) -> Result<T, E>,
    ) -> Result<(T, Arc<World>), E> {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut next = World::clone(&current);
        let given = change(&mut next)?;
        *current = Arc::new(next);
        Ok((given, current.clone()))
    }
}

impl From<Arc<World>> for Live {
    fn from(world: Arc<World>) -> Self {
        Live(Arc::new(RwLock::new(world)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_change_leaves_the_world_and_an_accepted_one_is_shared() {
        let live = Live::new(World::default());
        let other = live.clone();
        let before = live.now();
        let refused: Result<((), _), &str> = live.change(|world| {
            world.name = "half".into();
            Err("no")
        });
        assert_eq!(refused.err(), Some("no"));
        assert!(Arc::ptr_eq(&before, &other.now()));
        let (given, _) = live
            .change(|world| {
                world.name = "new".into();
                Ok::<_, ()>(7)
            })
            .unwrap();
        assert_eq!((given, other.now().name.as_str()), (7, "new"));
        assert_eq!(before.name, "");
    }
}
