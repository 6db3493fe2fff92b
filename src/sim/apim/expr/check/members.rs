//! What `context` leads to (learn.microsoft.com/azure/api-management/api-management-policy-expressions).

use super::super::methods::Arity;
use super::super::value::Object;

/// Members of what `context` leads to; `Some` where the member can be looked into further.
pub(super) fn members(object: Object) -> &'static [(&'static str, Option<Object>)] {
    match object {
        Object::Context => &[
            ("RequestId", None),
            ("Timestamp", None),
            ("Elapsed", None),
            ("Tracing", None),
            ("Workspace", None),
            ("GraphQL", None),
            ("User", Some(Object::User)),
            ("Request", Some(Object::Request)),
            ("Response", Some(Object::Response)),
            ("Variables", Some(Object::Variables)),
            ("Api", Some(Object::Api)),
            ("Operation", Some(Object::Operation)),
            ("Product", Some(Object::Product)),
            ("Subscription", Some(Object::Subscription)),
            ("Deployment", Some(Object::Deployment)),
            ("LastError", Some(Object::LastError)),
        ],
        Object::Request => &[
            ("Method", None),
            ("IpAddress", None),
            ("Certificate", None),
            ("PrivateEndpointConnection", None),
            ("Url", Some(Object::Url)),
            ("OriginalUrl", Some(Object::OriginalUrl)),
            ("Headers", Some(Object::RequestHeaders)),
            ("Body", Some(Object::RequestBody)),
            ("MatchedParameters", Some(Object::MatchedParameters)),
        ],
        Object::Response => &[
            ("StatusCode", None),
            ("StatusReason", None),
            ("Headers", Some(Object::ResponseHeaders)),
            ("Body", Some(Object::ResponseBody)),
        ],
        Object::Url => &[
            ("Scheme", None),
            ("Host", None),
            ("Port", None),
            ("Path", None),
            ("QueryString", None),
            ("Query", Some(Object::Query)),
        ],
        Object::OriginalUrl => &[
            ("Scheme", None),
            ("Host", None),
            ("Port", None),
            ("Path", None),
            ("QueryString", None),
            ("Query", Some(Object::OriginalQuery)),
        ],
        Object::Api => &[
            ("Id", None),
            ("Name", None),
            ("Path", None),
            ("Protocols", None),
            ("Revision", None),
            ("Version", None),
            ("ServiceUrl", None),
            ("SubscriptionKeyParameterNames", None),
            ("IsCurrentRevision", None),
            ("Workspace", None),
        ],
        Object::Operation => &[
            ("Id", None),
            ("Name", None),
            ("Method", None),
            ("UrlTemplate", None),
        ],
        Object::Product => &[
            ("Id", None),
            ("Name", None),
            ("State", None),
            ("ApprovalRequired", None),
            ("SubscriptionRequired", None),
            ("SubscriptionLimit", None),
            ("Apis", None),
            ("Groups", None),
            ("Workspace", None),
        ],
        Object::Subscription => &[
            ("Id", None),
            ("Name", None),
            ("Key", None),
            ("PrimaryKey", None),
            ("SecondaryKey", None),
            ("CreatedDate", None),
            ("EndDate", None),
            ("StartDate", None),
        ],
        Object::Deployment => &[
            ("ServiceName", None),
            ("ServiceId", None),
            ("Region", None),
            ("GatewayId", None),
            ("Gateway", None),
            ("Certificates", None),
            ("SustainabilityInfo", None),
        ],
        Object::User => &[
            ("Id", None),
            ("Email", None),
            ("FirstName", None),
            ("LastName", None),
            ("Note", None),
            ("RegistrationDate", None),
            ("Groups", None),
            ("Identities", None),
        ],
        Object::LastError => &[
            ("Source", None),
            ("Reason", None),
            ("Message", None),
            ("Scope", None),
            ("Section", None),
            ("Path", None),
            ("PolicyId", None),
        ],
        Object::RequestHeaders
        | Object::ResponseHeaders
        | Object::Query
        | Object::OriginalQuery
        | Object::MatchedParameters
        | Object::Variables => &[("Count", None), ("Keys", None), ("Values", None)],
        Object::RequestBody | Object::ResponseBody => &[],
    }
}

/// Methods of what `context` leads to.
pub(super) fn methods(object: Object) -> &'static [(&'static str, Arity)] {
    match object {
        Object::RequestHeaders
        | Object::ResponseHeaders
        | Object::Query
        | Object::OriginalQuery
        | Object::MatchedParameters
        | Object::Variables => &[
            ("GetValueOrDefault", (1, 2)),
            ("ContainsKey", (1, 1)),
            ("TryGetValue", (2, 2)),
        ],
        Object::RequestBody | Object::ResponseBody => {
            &[("As", (0, 1)), ("AsFormUrlEncodedContent", (0, 1))]
        }
        Object::Url | Object::OriginalUrl => &[("ToString", (0, 0))],
        Object::Context => &[("Trace", (1, 1))],
        _ => &[],
    }
}

/// Whether the object is a dictionary.
pub(super) fn can_be_indexed(object: Object) -> bool {
    methods(object)
        .iter()
        .any(|(name, _)| *name == "ContainsKey")
}
