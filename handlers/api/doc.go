package api

// General description of the management API; tools/openapi writes
// openapi/management.json from it and from the comments beside the handlers.
//
//	@title          Gatehouse management API
//	@version        1
//	@description    Everything that a tenant's admins and API managers do by hand, for programs: publish APIs, decide about requests, pause and revoke tokens, read usage and the audit log.
//	@description
//	@description    Send a management token as `Authorization: Bearer gthm_…`; an admin or API manager makes one in the portal under *Manage › Management tokens*. A token may do what its person may do at the moment of the call, within its scopes. Cookies are ignored.
//	@description
//	@description    **Bodies** are JSON: one object, no unknown and no repeated field, no null, at most 64 levels deep, `Content-Type: application/json`. Documents are sent as they are.
//	@description
//	@description    **Lists** hold up to `limit` items and, where more follow, `next`: send it as `after`.
//	@description
//	@description    **Changes** name what they are based on: send the `ETag` of what you read as `If-Match`. Without it the answer is 428; where somebody was quicker it is 412, and nothing was changed. To publish, archive, pause, resume, end and revoke it may be left out; where it is sent, it counts.
//	@description
//	@description    **Errors** are problem documents (RFC 9457). Their `type` is the address of a page that says what happened and what to do; `fields` names each input that is wrong, as the request does; `instance` is the request id to tell support.
//	@description
//	@description    **Operators** have tokens of their own for what is under `/api/v1/installation`: they begin with `gtho_` and are made in the support console under *Installation › Tokens for programs*. They reach nothing that is in a tenant, and management tokens reach nothing there.
//	@servers.url          /
//	@servers.description  this portal
//	@tag.name         token
//	@tag.description  What the token of the request is
//	@tag.name         apis
//	@tag.description  APIs, their versions and documents
//	@tag.name         plans
//	@tag.description  What subscriptions allow
//	@tag.name         subscriptions
//	@tag.description  Requests for access, and access
//	@tag.name         tokens
//	@tag.description  What tokens exist; never a secret
//	@tag.name         alerts
//	@tag.description  What was seen of tokens that somebody has to look at
//	@tag.name         members
//	@tag.description  Who has a role in the tenant, and who is invited.
//	@tag.name         clients
//	@tag.description  Programs that ask whether tokens are good
//	@tag.name         settings
//	@tag.description  How a tenant is signed in to, and under which name of its own it is reached
//	@tag.name         usage
//	@tag.description  What was called
//	@tag.name         audit
//	@tag.description  Who changed what
//	@tag.name         tenants
//	@tag.description  The tenants of the installation, for operators
//	@tag.name         installation
//	@tag.description  What holds for all tenants, for operators
//	@securitydefinitions.bearerauth  ManagementToken
