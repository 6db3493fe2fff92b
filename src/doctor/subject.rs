//! What is to be checked: a URL somebody pasted, or a target by its name, and what is known of the place.

use super::DoctorError;
use crate::knowledge::{HostForm, host_form_of};
use crate::model::{AccountName, DeploymentName, DirectLeg, GatewayLeg, Inventory, Leg, Target};
use crate::net::recordable_url;
use crate::provider::azure::{Pasted, Place, Route, read_pasted};
use crate::provider::{self, Ask};
use url::Url;

/// What is to be checked.
pub(super) struct Subject<'a> {
    /// What was asked for, without its secrets.
    pub(super) asked: String,
    /// The URL, read.
    pub(super) pasted: Pasted,
    /// What is known to be callable.
    targets: &'a [Target],
    inventory: Option<&'a Inventory>,
    /// The target at the place that the URL leads to, or the one most like it there.
    pub(super) nearest: Option<&'a Target>,
}

/// The way that a URL goes by: a target and which of its legs.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) target: Target,
    pub(super) leg: Leg,
    /// Whether target and leg are known rather than made up from the host's form.
    pub(super) is_known: bool,
}

impl<'a> Subject<'a> {
    /// Finds out what `asked` means.
    pub(super) fn of(
        asked: &str,
        targets: &'a [Target],
        inventory: Option<&'a Inventory>,
    ) -> Result<Self, DoctorError> {
        let place = |pasted, asked: String, nearest| Subject {
            asked,
            pasted,
            targets,
            inventory,
            nearest,
        };
        if let Some(target) = named(asked, targets)? {
            let url = own_url(target, &Ask::generate("")).unwrap_or_default();
            let pasted = read_pasted(&url, Some(&target.deployment));
            return Ok(place(pasted, asked.to_owned(), Some(target)));
        }
        let first = read_pasted(asked, None);
        if first.url.is_none() && !is_like_a_url(asked) {
            let known: Vec<String> = targets.iter().map(name_of).collect();
            let known = match known.is_empty() {
                true => "no deployment is known; give a whole URL".to_owned(),
                false => format!("give a whole URL, or one of: {}", known.join(", ")),
            };
            let asked = asked.to_owned();
            return Err(DoctorError::Unknown { asked, known });
        }
        let mut subject = place(first, without_secrets(asked), None);
        subject.nearest = subject.find_nearest();
        let known = subject.nearest.map(|target| &target.deployment);
        subject.pasted = read_pasted(asked, known);
        Ok(subject)
    }

    /// The way that a call of `url` goes by. A host whose form tells what it is needs no inventory; any other must be
    /// known, so that no key goes to a stranger.
    pub(super) fn way(&self, url: &Url) -> Option<Way> {
        let host = url.host_str()?;
        let route = Route::parse(url.as_str()).ok();
        let named = route.as_ref().and_then(Route::deployment);
        let here = self.targets.iter().filter_map(|target| {
            let leg = self.leg_at(target, host)?;
            Some((target, leg))
        });
        let best = here.max_by_key(|(target, _)| {
            let is_named = named == Some(&target.deployment);
            let is_nearest = self.nearest.is_some_and(|near| near == *target);
            (is_named, is_nearest)
        });
        if let Some((target, leg)) = best {
            return Some(Way {
                target: target.clone(),
                leg,
                is_known: true,
            });
        }
        let form = host_form_of(host);
        (form != HostForm::Custom).then(|| stranger(host, url, form, named))
    }

    /// The URLs that the nearest target has, for what `url` wants to call.
    pub(super) fn own_urls(&self) -> Vec<String> {
        let Some(target) = self.nearest else {
            return Vec::new();
        };
        let url = self.pasted.url.as_ref();
        let leg = url
            .and_then(|url| self.leg_at(target, url.host_str()?))
            .unwrap_or(target.default_leg());
        let ask = Ask {
            leg: Some(leg),
            ..Ask::generate("")
        };
        own_url(target, &ask).into_iter().collect()
    }

    fn leg_at(&self, target: &Target, host: &str) -> Option<Leg> {
        let is_at = |url: &str| {
            Url::parse(url).is_ok_and(|url| {
                url.host_str()
                    .is_some_and(|own| own.eq_ignore_ascii_case(host))
            })
        };
        let gateway = target.gateway.as_ref();
        if gateway.is_some_and(|leg| is_at(&leg.base_url) || self.is_host_of(leg, host)) {
            return Some(Leg::Gateway);
        }
        let direct = target.direct.as_ref();
        if direct.is_some_and(|leg| is_at(&leg.endpoint)) || self.is_endpoint(target, &is_at) {
            return Some(Leg::Direct);
        }
        None
    }

    /// Whether the gateway of `leg` also answers on `host`.
    fn is_host_of(&self, leg: &GatewayLeg, host: &str) -> bool {
        let gateways = self.inventory.iter().flat_map(|found| &found.gateways);
        gateways
            .filter(|gateway| gateway.name == leg.gateway)
            .flat_map(|gateway| &gateway.hosts)
            .any(|own| own.eq_ignore_ascii_case(host))
    }

    /// Whether one of the other endpoints of the target's account is there.
    fn is_endpoint(&self, target: &Target, is_at: &dyn Fn(&str) -> bool) -> bool {
        let accounts = self.inventory.iter().flat_map(|found| &found.accounts);
        accounts
            .filter(|account| account.name == target.account)
            .flat_map(|account| &account.endpoints)
            .any(|url| is_at(url))
    }

    fn find_nearest(&self) -> Option<&'a Target> {
        let fix = self.pasted.fix().and_then(|fix| Url::parse(&fix).ok());
        let urls = [self.pasted.url.as_ref(), fix.as_ref()];
        let here = urls.into_iter().flatten().find_map(|url| {
            let host = url.host_str()?;
            let name = named_in(url).to_ascii_lowercase();
            let here: Vec<&Target> = self
                .targets
                .iter()
                .filter(|target| self.leg_at(target, host).is_some())
                .collect();
            let alike = here.iter().filter(|target| likeness(target, &name) > ALIKE);
            let best = alike.max_by(|a, b| likeness(a, &name).total_cmp(&likeness(b, &name)));
            best.or(here.first()).copied()
        });
        // A page for people names its deployment too, on a host that takes no calls.
        here.or_else(|| {
            let page = Url::parse(&self.asked).ok()?;
            let name = named_in(&page);
            let mut targets = self.targets.iter();
            targets.find(|target| target.deployment.as_str().eq_ignore_ascii_case(&name))
        })
    }
}

/// Likeness from which on a name is taken for a misspelling of another.
const ALIKE: f64 = 0.75;

/// How much the name in a URL is like a target's own.
fn likeness(target: &Target, name: &str) -> f64 {
    let own = target.deployment.as_str().to_ascii_lowercase();
    let model = target.model.name.to_ascii_lowercase();
    strsim::jaro_winkler(&own, name).max(strsim::jaro_winkler(&model, name))
}

/// The name that a URL gives the deployment, wherever it stands.
fn named_in(url: &Url) -> String {
    let segments: Vec<&str> = url.path().split('/').collect();
    let after = segments.iter().position(|one| *one == "deployments");
    let named = after.and_then(|at| segments.get(at + 1));
    named
        .or(segments.last())
        .copied()
        .unwrap_or_default()
        .to_owned()
}

fn own_url(target: &Target, ask: &Ask<'_>) -> Option<String> {
    let request = provider::build(target, ask).ok()?;
    Some(request.url.into())
}

fn name_of(target: &Target) -> String {
    format!("{}/{}", target.account, target.deployment)
}

/// The target of that name: `DEPLOYMENT` or `ACCOUNT/DEPLOYMENT`.
fn named<'a>(asked: &str, targets: &'a [Target]) -> Result<Option<&'a Target>, DoctorError> {
    let asked = asked.trim();
    let found: Vec<&Target> = targets
        .iter()
        .filter(|target| {
            target.deployment.as_str().eq_ignore_ascii_case(asked)
                || name_of(target).eq_ignore_ascii_case(asked)
        })
        .collect();
    match found[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(DoctorError::Ambiguous {
            asked: asked.to_owned(),
            known: found
                .iter()
                .map(|target| name_of(target))
                .collect::<Vec<_>>()
                .join(", "),
        }),
    }
}

fn is_like_a_url(asked: &str) -> bool {
    asked.contains("://") || asked.contains(".com") || asked.contains(".net")
}

fn without_secrets(asked: &str) -> String {
    match Url::parse(asked.trim()) {
        Ok(url) => recordable_url(&url),
        // A text that is no URL keeps what stands before its query.
        Err(_) => asked.split('?').next().unwrap_or_default().to_owned(),
    }
}

/// A target of which only the URL is known.
fn stranger(host: &str, url: &Url, form: HostForm, named: Option<&DeploymentName>) -> Way {
    let label = host.split('.').next().unwrap_or_default().to_owned();
    let mut target = Target {
        deployment: named.cloned().unwrap_or_default(),
        ..Target::default()
    };
    let leg = if form.is_account() {
        target.account = AccountName::new(label);
        target.direct = Some(DirectLeg {
            endpoint: format!("https://{host}"),
            ..DirectLeg::default()
        });
        Leg::Direct
    } else {
        target.gateway = Some(GatewayLeg {
            gateway: label.into(),
            base_url: url.as_str().to_owned(),
            is_subscription_required: true,
            ..GatewayLeg::default()
        });
        Leg::Gateway
    };
    Way {
        target,
        leg,
        is_known: false,
    }
}

/// The place that a URL leads to, where it is a route.
pub(super) fn place_of(url: &Url) -> Option<Place> {
    Some(Route::parse(url.as_str()).ok()?.place().clone())
}
