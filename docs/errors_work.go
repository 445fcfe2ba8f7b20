package docs

var publishErrors = []Error{
	{"document_refused", "The document cannot be imported", "It is no valid OpenAPI document (3.0, 3.1 or 3.2). Each fault is named, with its line.", "Mend the faults and upload it again. The version keeps the document that it has."},
	{"document_too_large", "The document is too large", "A document may have 32 MiB and 20,000 operations.", "Split it into several APIs, or leave out long examples."},
	{"document_too_heavy", "The document takes too much memory", "Reading it takes more memory than is allowed, as with deeply nested YAML aliases.", "Split it into several APIs, or leave out long examples and aliases."},
	{"document_too_slow", "The document takes too long", "Reading it takes longer than 55 seconds.", "Split it into several APIs."},
	{"document_unreadable", "Our reader fails at this document", "Which is our mistake; the server goes on.", "Check the document with another tool. If it is valid, please report it."},
	{"document_stopped", "The document was not read to the end", "The connection broke, the server stops just now, or it had too much to do.", "Upload it again."},
	{"document_queue", "Other documents are being read", "Large documents are read one at a time.", "Try again after the time in Retry-After."},
	{"name_taken", "The name is taken", "Another API, version or plan has this name.", "Choose another one."},
	{"not_ready", "The version can't be published yet", "Something is missing: a document, the upstream's address, a plan, or a credential that belongs to an earlier upstream.", "The message names what is missing."},
	{"plan_archived", "The plan is archived already", "It is no longer offered; who has it keeps it.", "Nothing. To offer it again, make a new plan."},
	{"exception_over", "The exception has ended already", "The plan's own limits hold for the team again.", "Nothing. If the team needs other limits again, give it another exception."},
}

var accessErrors = []Error{
	{"already_subscribed", "Your team has asked already", "There is a request or a subscription of your team to this version.", "See it under Subscriptions. When it has ended, the team may ask anew."},
	{"not_subscribed", "Your team has no access yet", "Trying an operation is a real call, for which the team needs an approved subscription.", "Subscribe to the version first."},
	{"version_not_published", "The version is not published", "Nobody gets access to a version that partners do not see.", "Wait until it is published, or choose another version."},
	{"too_many_requests", "Too many requests for the same API", "The team asked several times within a day.", "Wait until tomorrow, or write to the people who run the API."},
	{"already_decided", "The request is decided already", "Somebody was quicker; the message says who, and when.", "Reload the inbox. An approved subscription can be paused or ended."},
	{"subscription_over", "The access has ended", "Its last day is over. Nothing can be changed about it any more.", "The team may ask anew."},
	{"same_plan", "The subscription is under this plan", "Another plan was asked for, and it is the one that counts now.", "Nothing, or choose another plan."},
	{"same_team", "The subscription is this team's", "It was to be handed to the team that has it.", "Nothing, or choose another team."},
	{"no_change_waits", "No change of the plan waits", "It was decided or taken back in the meantime.", "Look at the subscription again; its page shows the plan that counts."},
	{"too_many_messages", "Too many messages", "There are 100 messages about this subscription.", "Decide, or write to each other elsewhere."},
	{"self_approval", "This is your own team's request", "Nobody decides about a request of their own or of their own team.", "Somebody else has to decide. Where a tenant has one admin only, its settings can allow it."},
	{"wrong_state", "Not possible in this state", "What you ask for does not follow from the state that the thing is in, such as resuming what is not paused.", "Look at it again; its page shows what is possible now."},
	{"owner_wakes", "Its owner has to wake this token", "The program paused it, because nothing used it or its secret was not replaced in time.", "Ask its owner, who confirms with a passkey, or an admin of the tenant."},
	{"paused_by_admin", "An admin paused this token", "So an admin has to resume it.", "Ask an admin of the tenant; the token's page gives the reason."},
	{"already_created", "The token was made already", "The same form was sent twice. The secret is not shown again.", "If you do not have the secret, revoke the token and make a new one."},
	{"too_many_clients", "Too many clients", "A tenant has 100 registered clients at most.", "Remove one that nobody uses; the list says when each last asked."},
	{"nothing_to_call", "There is no call to test with", "None of the operations that this token may call can be called without input.", "Call an operation of your choice; its reference has a `curl` line."},
	{"nothing_to_do", "Nothing had to be changed", "The thing is as you wanted it already.", "Nothing."},
}
