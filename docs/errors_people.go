package docs

var signInErrors = []Error{
	{"sign_in_required", "Please sign in", "The page is for people with an account, and nobody is signed in, or the session ended.", "Sign in with your passkey. You come back to where you were; a form that you sent after the session ended was not saved, so fill it in again."},
	{"passkey_refused", "The passkey was not accepted", "It is unknown here (for example after a reset), the question was older than five minutes, or it was answered already.", "Try again, with another passkey if you have one. A demo's links make new ones."},
	{"passkey_needed", "A passkey is needed", "The step has to be confirmed with a passkey, and the account has none.", "Add a passkey on your account's page, or ask an admin for a new link."},
	{"passkey_taken", "This passkey is registered already", "The passkey belongs to an account of this portal.", "Sign in with it instead, or make another one."},
	{"passkey_cloned", "This passkey seems to exist twice", "Its counter went backwards, as happens where a key was copied. It was refused.", "Use another passkey, and ask an operator to remove this one."},
	{"last_passkey", "This is your only passkey", "Without it, nobody could sign in to the account again.", "Add another passkey first; then remove this one."},
	{"step_up_required", "Confirm this with your passkey", "Making tokens, writing credentials and some changes to an account need a fresh confirmation, for this very action.", "Start the action again on its page and confirm it when your browser asks. This needs JavaScript."},
	{"session_replaced", "Your session was renewed", "Another tab signed in or confirmed something in the meantime.", "Reload the page."},
	{"account_exists", "There already is an account", "Somebody signed up with this address before.", "Sign in instead."},
	{"link_used", "This link does not work any more", "Links work once and for a limited time; this one was used or is too old.", "Ask for a new one where you got it from."},
	{"invitation_not_yours", "This invitation is for somebody else", "It was sent to another address than that of your account.", "Sign in with the account of that address, or ask for an invitation to yours."},
}

var requestErrors = []Error{
	{"invalid_client", "No such client", "The id and the secret are not those of a registered client. Introspection and revocation (RFC 7662, RFC 7009) are for clients that an admin has registered.", "Check both. An admin of the tenant sees the clients under *Clients*, and can give one another secret."},
	{"unauthorized_client", "The client may not do this", "It is registered to ask about tokens, and not to revoke them.", "An admin of the tenant can allow it on the client's page."},
	{"unsupported_token_type", "This kind of token is not revoked here", "Only access tokens (`gth_…`) can be revoked by a registered client.", "A management token can revoke itself: `DELETE /api/v1/token` with the token."},
	{"asks_too_often", "Asked too often", "A client may ask 6,000 times a minute, a token about itself 60 times.", "Wait as long as Retry-After says, and keep an answer for some seconds rather than asking for each call."},
	{"bad_request", "The request could not be read", "It is not in the form that this address reads.", "Reload the page and try again. Programs: see the reference of the management API."},
	{"invalid_input", "Some input is wrong", "One or more fields are missing or have a value that is not possible. Nothing was changed.", "Each marked field says what it needs. Programs find the same in `fields` of the problem document."},
	{"malformed_json", "The body is not the JSON that is read here", "It is not valid JSON in UTF-8, has a field twice, goes on after its end, or is nested too deep.", "Send one JSON object. The detail says what is wrong."},
	{"unsupported_media_type", "This kind of content is not read here", "The Content-Type is missing or another than this address reads.", "Send `Content-Type: application/json`, and for a document application/json or application/yaml, or no Content-Type at all."},
	{"if_match_required", "Say what your change is based on", "A change without If-Match could overwrite what somebody else has changed since you looked.", "Read the thing first, and send the ETag of the answer in If-Match."},
	{"changed_meanwhile", "Somebody was quicker", "The thing was changed after you read it. Your change was not made.", "Look at it again: reload the page, or read it anew and send its new ETag in If-Match."},
	{"not_found", "Not found", "There is nothing at this address, or it is not for you to see; the answer is the same.", "Check the address. If somebody sent it to you, you may need to sign in, or a role in that tenant."},
	{"not_allowed", "Your role does not allow this", "You are known here, and the action is for another role.", "Ask an admin of the tenant. The guides say which role may do what."},
	{"cross_origin", "The request came from another site", "A page of another site tried to send a form in your name. Nothing was changed.", "Do it on the portal's own page. If you did, your browser or a proxy removed the Origin header."},
	{"wrong_tenant", "The form belongs to another tenant", "It was opened in one tenant and sent to another, as happens with two tabs. Nothing was changed.", "Go back, reload the page, check whose name it shows, and try again."},
	{"not_oneself", "Somebody else has to do that", "Nobody disables their own account as staff.", "Ask another operator."},
	{"suspend_first", "The tenant is not suspended", "Only a suspended tenant can be archived: its tokens end for good with it.", "Suspend it, wait for who misses its calls, then archive it."},
	{"restore_over", "It is too long ago", "An archived tenant can be restored for 30 days.", "Create a new tenant, with a slug and a token code of its own."},
	{"tenant_archived", "The tenant is archived", "Nobody is let into an archived tenant but an operator, to look.", "Restore it first, if it is not too long ago."},
	{"name_wanted", "The tenant’s name was not typed", "Staff who act in a tenant by a grant type its name before they break something there for good. Nothing was changed.", "Look at the bar on top of the page: is this the tenant that you mean? If so, type its name as it stands there."},
	{"credentials_sent", "This is asked without credentials", "A report of found tokens, or the question whether they live, came with an Authorization header or a cookie. Whoever finds a token has no account here, so none is looked at.",
		"Leave the header out that the answer names."},
	{"invalid_signature", "The report is not signed", "A scanner's report of found tokens has no signature, or one that does not fit its body. Nothing was looked at.",
		"Sign the body byte for byte as it is sent, with the key or the secret that this portal knows, and not more than five minutes before."},
	{"keys_unavailable", "The scanner's keys cannot be read", "The portal cannot read the keys by which it checks reports of this scanner.", "Send the report again in a minute. An operator finds the reason in the log."},
	{"too_many_reports", "Too many reports", "From this address came more reports of found tokens, or questions about them, than are taken within an hour.",
		"Wait as long as Retry-After says. Up to 1,000 tokens fit into one report."},
	{"wrong_host", "The portal does not answer under that name", "The request named another host than the portal's.", "Use the portal's address. Operators: `GATEHOUSE_PORTAL_URL` is the name under which it answers; a proxy must pass the Host header on."},
	{"internal", "Something went wrong on our side", "A mistake of ours, not of your request.", "Trying again may help. If it does not, tell the operator the request id."},
}

var tenantErrors = []Error{
	{"tenant_taken", "Slug or code is taken", "Another tenant has this slug, or had this token code, which is never given twice.", "Choose another one."},
	{"admin_exists", "The tenant has an admin", "The operator's link is for a tenant's first admin only.", "An admin of the tenant invites everybody else."},
	{"last_admin", "This is the only admin", "Without an admin, nobody could decide or invite.", "Make somebody else admin first."},
	{"last_owner", "This is the team's only owner", "Without an owner, nobody could ask for access or manage the team.", "Make somebody else owner first."},
	{"last_operator", "This is the only operator", "Without an operator, nobody could look after the installation.", "Make somebody else operator first."},
	{"already_member", "This person is a member already", "They have a role or are in the team; an invitation would not change it.", "Change the role on the page of the members or of the team."},
	{"not_team_owner", "Only an owner of the team can do that", "Members use what the team has; its owners ask for access and end it.", "Ask an owner of your team."},
}

var installationErrors = []Error{
	{"database_unavailable", "The database does not answer", "It is locked, full, gone, or takes too long. Nothing was changed.", "Try again in a moment. Operators: see `/readyz` and the log."},
	{"operator_exists", "There is an operator already", "The link of the first start is for an installation without any operator.", "Sign in as operator, or ask one."},
	{"job_running", "The job is running", "It can be discarded only between its attempts.", "Wait until its attempt has ended."},
	{"jobs_elsewhere", "Jobs are not shown here", "This server does not work the queue.", "Ask one that does."},
	{"mail_refused", "The mail cannot be sent to this address", "The mail server refused it for good.", "Check the address."},
	{"mail_unavailable", "The mail server does not answer", "The mail waits and is tried again.", "Operators: check `GATEHOUSE_SMTP` and the page of jobs."},
	{"vault_unreadable", "A stored secret cannot be read", "It was sealed with another key, or was damaged. It is not used.", "It has to be entered again. Operators find the reason in the log."},
	{"wrong_key_file", "The key file does not belong to this data", "The data was written under another key. The server does not start, and nothing was changed.", "Start with the key file that belongs to the data. Backups do not hold it: keep a copy of it elsewhere."},
}
