//! What is to be checked: a URL somebody pasted, or a target by its name, and what is known of the place.

use super::DoctorError;
use super::known;
use crate::knowledge::{HostForm, azure, host_form_of};
use crate::model::{
    AccountName, DeploymentName, DirectLeg, GatewayLeg, Inventory, KeyNames, Leg, Target,
};
use crate::net::recordable_url;
use crate::provider::azure::mistakes::begins_with_host;
use crate::provider::azure::{Pasted, Place, Route, RouteFault, read_pasted};
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

/// A model's name for the body of a call.
pub(super) struct NamedModel {
    pub(super) name: String,
    /// Whether it is what the caller names or what is known at that place, rather than a guess.
    pub(super) is_certain: bool,
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
        if first.url.is_none() && !begins_with_host(asked) && !asked.contains("://") {
            let known: Vec<String> = targets.iter().map(name_of).collect();
            let known = match known.is_empty() {
                true => "no deployment is known; give a whole URL".to_owned(),
                false => format!("give a whole URL, or one of: {}", known.join(", ")),
            };
            // What stands behind the first words may be a header with a key.
            let asked = asked.split_whitespace().take(2).collect::<Vec<_>>();
            let asked = asked.join(" ");
            return Err(DoctorError::Unknown { asked, known });
        }
        let shown = match &first.url {
            Some(url) if asked.trim().contains(char::is_whitespace) => recordable_url(url),
            _ => without_secrets(asked),
        };
        let mut subject = place(first, shown, None);
        subject.nearest = subject.find_nearest(asked);
        let known = subject.nearest.map(|target| &target.deployment);
        subject.pasted = read_pasted(asked, known);
        subject.complete();
        Ok(subject)
    }

    /// Puts the call that a client makes in the place of a base URL that names no operation.
    fn complete(&mut self) {
        let faults = &self.pasted.faults;
        let is_base = matches!(faults.last(), Some(RouteFault::NoOperation { .. }));
        let Some(base) = self.pasted.url.as_ref().filter(|_| is_base) else {
            return;
        };
        let Some(whole) = self.whole_of(base) else {
            return;
        };
        self.pasted.faults.pop();
        self.pasted.faults.push(RouteFault::BaseOnly {
            fix: recordable_url(&whole),
        });
        self.pasted.url = Some(whole);
        self.pasted.is_mended = true;
    }

    fn whole_of(&self, base: &Url) -> Option<Url> {
        let segments = |url: &Url| -> Vec<String> {
            let parts = url.path().split('/').filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        let given = segments(base);
        if given.last().is_some_and(|last| last == "v1") {
            let mut whole = base.clone();
            whole.set_path(&format!("/{}/images/generations", given.join("/")));
            return Some(whole);
        }
        let mut own = self.own_urls().into_iter();
        own.find_map(|(url, _)| {
            let mut whole = Url::parse(&url).ok()?;
            let is_below = segments(&whole).starts_with(&given);
            if whole.host() != base.host() && is_below {
                // Another of the hosts that the same service answers on.
                whole.set_host(base.host_str()).ok()?;
            }
            is_below.then_some(whole)
        })
    }

    /// The model that a call by `url` names in its body, where one can be named.
    pub(super) fn model_at(&self, url: &Url) -> Option<NamedModel> {
        let named = |name: &str, is_certain| NamedModel {
            name: name.to_owned(),
            is_certain,
        };
        if let Some(model) = &self.pasted.model {
            return Some(named(model, true));
        }
        if let Some(way) = self.way(url).filter(|way| way.is_known) {
            return Some(named(way.target.deployment.as_str(), true));
        }
        let target = self.nearest.or(self.targets.first())?;
        Some(named(target.deployment.as_str(), false))
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
        let published = self.inventory.and_then(|found| known::leg_at(found, url));
        if let Some((target, leg)) = best {
            let mut target = target.clone();
            // A gateway publishes several APIs, each with a key header and keys of its own.
            if leg == Leg::Gateway
                && let (Some(own), Some(published)) = (&target.gateway, published)
                && (own.gateway == published.gateway && own.api != published.api)
                && !published.api.as_str().is_empty()
            {
                target.gateway = Some(published);
            }
            return Some(Way {
                target,
                leg,
                is_known: true,
            });
        }
        if let Some(published) = published {
            let target = Target {
                deployment: named.cloned().unwrap_or_default(),
                gateway: Some(published),
                ..Target::default()
            };
            return Some(Way {
                target,
                leg: Leg::Gateway,
                is_known: false,
            });
        }
        let form = host_form_of(host);
        (form != HostForm::Custom).then(|| stranger(host, url, form, named))
    }

    /// The URLs that the nearest target has, for what the URL wants to call: with its own api-version first, and then
    /// with the one that is usual there. Each with whether it leads to that host.
    pub(super) fn own_urls(&self) -> Vec<(String, bool)> {
        let Some(target) = self.nearest else {
            return Vec::new();
        };
        let url = self.pasted.url.as_ref();
        let here = url.and_then(|url| self.leg_at(target, url.host_str()?));
        let ask = Ask {
            leg: Some(here.unwrap_or_else(|| self.likely_leg(target))),
            ..Ask::generate("")
        };
        let given = url.and_then(|url| Route::parse(url.as_str()).ok());
        let Some(usual) = own_url(target, &ask) else {
            return Vec::new();
        };
        let mut urls = Vec::new();
        if let Ok(own) = Route::parse(&usual) {
            urls.extend(given.and_then(|given| known::like(&own, &given)));
        }
        urls.push(usual);
        urls.dedup();
        urls.into_iter().map(|url| (url, here.is_some())).collect()
    }

    /// The way that is meant where the host does not tell: an account's shared host means the account.
    fn likely_leg(&self, target: &Target) -> Leg {
        let host = self.pasted.url.as_ref().and_then(Url::host_str);
        match (host.map(host_form_of), &target.direct) {
            (Some(form), Some(_)) if form.is_account() => Leg::Direct,
            _ => target.default_leg(),
        }
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

    fn find_nearest(&self, asked: &str) -> Option<&'a Target> {
        let fix = self.pasted.fix().and_then(|fix| Url::parse(&fix).ok());
        let urls = [self.pasted.url.as_ref(), fix.as_ref()];
        let here = urls.into_iter().flatten().find_map(|url| {
            let host = url.host_str()?;
            let name = named_in(url);
            let here: Vec<&Target> = self
                .targets
                .iter()
                .filter(|target| self.leg_at(target, host).is_some() || is_in_region(target, host))
                .collect();
            nearest_of(&here, &name).or(here.first().copied())
        });
        // A page for people, or a host that takes no calls, may name its deployment or account too.
        here.or_else(|| {
            let name = Url::parse(&self.asked).map(|page| named_in(&page));
            let text = percent_encoding::percent_decode_str(asked).decode_utf8_lossy();
            let named = |target: &&&Target| {
                name.as_ref()
                    .is_ok_and(|name| target.deployment.as_str().eq_ignore_ascii_case(name))
            };
            let is_of_account = |target: &&&Target| {
                let account = target.account.as_str();
                account.len() > 3 && text.contains(account)
            };
            let all: Vec<&Target> = self.targets.iter().collect();
            let mut both = all.iter().filter(|one| named(one) && is_of_account(one));
            let both = both.next().or_else(|| all.iter().find(named));
            both.or_else(|| all.iter().find(is_of_account)).copied()
        })
    }
}

/// The target whose name is most like `name`, where one is like it at all.
fn nearest_of<'a>(targets: &[&'a Target], name: &str) -> Option<&'a Target> {
    let name = name.to_ascii_lowercase();
    let alike = targets
        .iter()
        .filter(|target| likeness(target, &name) > ALIKE);
    alike
        .max_by(|a, b| likeness(a, &name).total_cmp(&likeness(b, &name)))
        .copied()
}

/// Whether `host` is the shared one of the region that the target's account is in.
fn is_in_region(target: &Target, host: &str) -> bool {
    let label = host.split('.').next().unwrap_or_default();
    let region: String = target.location.split_whitespace().collect();
    host_form_of(host) == HostForm::Regional
        && target.direct.is_some()
        && region.eq_ignore_ascii_case(label)
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
        let header = match form {
            HostForm::AiGateway => azure().ai_gateway.key_header.clone(),
            _ => KeyNames::default().header,
        };
        target.gateway = Some(GatewayLeg {
            gateway: label.into(),
            base_url: url.as_str().to_owned(),
            key_names: KeyNames {
                header,
                ..KeyNames::default()
            },
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
