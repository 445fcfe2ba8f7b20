package mail

// wording is what a kind says beside the facts.
type wording struct {
	subject, happened func(Facts) string
	note              string // above Facts.Note
	button            string
	after             string
}

func always(s string) func(Facts) string { return func(Facts) string { return s } }

// tokenNews is a subject that names a token and what becomes of it.
func tokenNews(f Facts) string { return "Token " + f.Object + " " + f.Outcome }

const notYou = "If you did not expect this, tell the people who run the portal."

// wordings has every kind. Verifying names nobody: whoever typed the address could
// otherwise write to a stranger in our name.
var wordings = map[Kind]wording{
	VerifyAddress: {
		subject:  always("Confirm your e-mail address"),
		happened: always("Somebody, probably you, is signing up with this e-mail address. Confirm that it is yours to go on."),
		button:   "Confirm this address",
		after:    "The link works once. If it was not you, do nothing: without it there is no account.",
	},
	AddressKnown: {
		subject:  always("You have an account already"),
		happened: always("Somebody, probably you, wanted to sign up with this e-mail address. It has an account: sign in with a passkey of yours."),
		button:   "Sign in",
		after:    "If it was not you, do nothing: nothing was changed.",
	},
	TeamInvitation: {
		subject:  func(f Facts) string { return "Invitation to the team " + f.Team },
		happened: func(f Facts) string { return f.By + " invites you to the team " + f.Team + " at " + f.Tenant + "." },
		button:   "Accept the invitation",
		after:    "The link works once and for this address only. If you do not know who invites you, do nothing.",
	},
	TeamChanged: {
		subject:  func(f Facts) string { return f.Object + ": " + f.Outcome },
		happened: func(f Facts) string { return "In your team " + f.Object + ": " + f.Outcome + "." },
		note:     "What that means",
		button:   "See the team",
		after:    notYou,
	},
	ServiceAccount: {
		subject:  func(f Facts) string { return f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return f.Outcome + ": " + f.Object + "." },
		note:     "What it is about",
		button:   "See the service account",
		after:    "Whoever answers for a service account gets all notices about its tokens.",
	},
	TokenPrepared: {
		subject:  func(f Facts) string { return "A token was prepared for you: " + f.Object },
		happened: func(f Facts) string { return f.By + " prepared a token for you at " + f.Tenant + ": " + f.Object + "." },
		button:   "Look at it and make it",
		after:    "The link works once, for you alone, with your passkey. Only you see the secret. If you did not expect this, do nothing.",
	},
	TokenClaimed: {
		subject:  func(f Facts) string { return "Prepared token made: " + f.Object },
		happened: func(f Facts) string { return f.By + " made the token that you prepared: " + f.Object + "." },
		button:   "Look at the token",
		after:    "Its secret was shown to them alone.",
	},
	StaffInvitation: {
		subject:  always("Invitation to the support staff"),
		happened: func(f Facts) string { return f.By + " invites you to the support staff." },
		button:   "Accept the invitation",
		after:    "The link works once and for this address only. If you do not know who invites you, do nothing.",
	},
	Invitation: {
		subject:  func(f Facts) string { return "Invitation to " + f.Tenant },
		happened: func(f Facts) string { return f.By + " invites you to " + f.Tenant + "." },
		note:     "Their words",
		button:   "Accept the invitation",
		after:    "The link works once and for this address only. If you do not know who invites you, do nothing.",
	},
	SubscriptionAsked: {
		subject:  func(f Facts) string { return "Access asked for: " + f.Object },
		happened: func(f Facts) string { return f.By + " asks for access to " + f.Object + "." },
		note:     "What they want it for",
		button:   "Look at the request",
		after:    "Until somebody decides, nothing can be called.",
	},
	SubscriptionDecided: {
		subject:  func(f Facts) string { return "Access " + f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return "Your request for access to " + f.Object + " was " + f.Outcome + "." },
		note:     "Why",
		button:   "Open the subscription",
	},
	SubscriptionChanged: {
		subject:  func(f Facts) string { return "Access " + f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return "The access to " + f.Object + " was " + f.Outcome + "." },
		note:     "Why",
		button:   "Open the subscription",
	},
	Alert: {
		subject:  func(f Facts) string { return f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return f.Outcome + ": " + f.Object + "." },
		note:     "What was seen",
		button:   "Look at the token",
	},
	LimitsChanged: {
		subject:  func(f Facts) string { return "Other limits for " + f.Team + ": " + f.Object },
		happened: func(f Facts) string { return "For " + f.Object + ", other limits " + f.Outcome + "." },
		note:     "Why",
		button:   "See your limits",
		after:    "They hold for the calls of your whole team, and end by themselves.",
	},
	QuotaReached: {
		subject:  func(f Facts) string { return "Quota " + f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return "The quota of " + f.Team + " for " + f.Object + " is " + f.Outcome + "." },
		note:     "In numbers",
		button:   "See what is left",
		after:    "You are told once at 80 % and once at 100 %. A larger plan can be asked for in the portal.",
	},
	PlanAsked: {
		subject:  func(f Facts) string { return "Another plan asked for: " + f.Object },
		happened: func(f Facts) string { return f.By + " asks for plan " + f.Outcome + " in place of " + f.Object + "." },
		note:     "Why",
		button:   "Look at the request",
		after:    "Until somebody decides, the old plan goes on.",
	},
	SubscriptionMessage: {
		subject:  func(f Facts) string { return "Message about " + f.Object },
		happened: func(f Facts) string { return f.By + " writes about the access to " + f.Object + "." },
		note:     "Their words",
		button:   "Read and answer",
		after:    "Answer on the page, not by e-mail. The message changes nothing by itself.",
	},
	SubscriptionEnding: {
		subject:  func(f Facts) string { return "Access " + f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return "Your access to " + f.Object + " " + f.Outcome + "." },
		button:   "Open the subscription",
		after:    "From then on calls are refused. If you need it longer, write to the people who run the API; the page has a place for it.",
	},
	Document: {
		subject: func(f Facts) string { return f.Object + ": " + f.Outcome },
		happened: func(f Facts) string {
			return "The document of " + f.Object + " comes from a URL that is looked at by itself: " + f.Outcome + "."
		},
		note:   "What was found",
		button: "Look at it",
	},
	SubscriptionOverdue: {
		subject: func(f Facts) string { return "Still waiting: " + f.Object },
		happened: func(f Facts) string {
			return f.Team + " has waited " + f.Outcome + " for an answer about " + f.Object + "."
		},
		note:   "What they want it for",
		button: "Look at the request",
		after:  "All who can decide get this once.",
	},
	RequestsWaiting: {
		subject: func(f Facts) string { return "Waiting for a decision: " + f.Outcome },
		happened: func(f Facts) string {
			return "At " + f.Tenant + " this waits for a decision: " + f.Outcome + ". The oldest comes first."
		},
		button: "Open the requests",
		after:  "You chose to hear of requests once a day. The page of the requests has a link to change it.",
	},
	VersionLife: {
		subject:  func(f Facts) string { return f.Object + " " + f.Outcome },
		happened: func(f Facts) string { return f.Object + " " + f.Outcome + "." },
		note:     "What it means for you",
		button:   "See what to do",
		after:    "You get this because tokens of your team call it.",
	},
	APIIncident: {
		subject:  func(f Facts) string { return f.Object + " (" + f.Outcome + ")" },
		happened: func(f Facts) string { return f.Object + ". It is " + f.Outcome + "." },
		note:     "What its publisher says",
		button:   "See its status",
		after:    "You get this because your team is subscribed to it.",
	},
	TokenMade: {
		subject:  func(f Facts) string { return "New token: " + f.Object },
		happened: func(f Facts) string { return "A new access token was made: " + f.Object + "." },
		button:   "Look at the token",
		after:    "The token itself was shown once and is in no e-mail. " + notYou,
	},
	TokenRotated: {
		subject:  func(f Facts) string { return f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return f.Outcome + ": " + f.Object + "." },
		note:     "What that means",
		button:   "See both secrets and who uses them",
		after:    "A secret is shown once and is in no e-mail. " + notYou,
	},
	TokenRevoked: {
		subject: func(f Facts) string { return "Token revoked: " + f.Object },
		happened: func(f Facts) string {
			return "The access token " + f.Object + " was revoked. Calls with it are refused from now on."
		},
		note:   "Why",
		button: "See what used it",
		after:  "A revoked token never works again; make a new one if you need it.",
	},
	TokenChanged: {
		subject:  func(f Facts) string { return "Token " + f.Object + " " + f.Outcome },
		happened: func(f Facts) string { return "Your token " + f.Object + " " + f.Outcome + "." },
		note:     "Why",
		button:   "Look at the token",
	},
	TokenExpires: {
		subject:  tokenNews,
		happened: func(f Facts) string { return "The token " + f.Object + " " + f.Outcome + "." },
		note:     "What is known of it",
		button:   "Rotate it now",
		after: "The button leads through your passkey to one page: a new secret with the same settings, while the old one goes on for as long as you choose. " +
			"A calendar file with its end is on the token’s page.",
	},
	TokenExpired: {
		subject:  tokenNews,
		happened: func(f Facts) string { return "The token " + f.Object + " " + f.Outcome + "." },
		note:     "What is known of it",
		button:   "Renew it",
		after:    "If nothing needs it any more, there is nothing to do: it never works again.",
	},
	TokenAged: {
		subject:  tokenNews,
		happened: func(f Facts) string { return "The token " + f.Object + " " + f.Outcome + "." },
		note:     "Why, and what is known of it",
		button:   "Rotate it now",
		after:    "The button leads through your passkey to one page: a new secret with the same settings, while the old one goes on for as long as you choose.",
	},
	TokenUnused: {
		subject:  tokenNews,
		happened: func(f Facts) string { return "The token " + f.Object + " " + f.Outcome + "." },
		note:     "What follows, and what is known of it",
		button:   "Look at the token",
	},
	TokenRules: {
		subject:  tokenNews,
		happened: func(f Facts) string { return "The token " + f.Object + " " + f.Outcome + "." },
		note:     "Why, and what is known of it",
		button:   "See what to do",
	},
	TokenAsked: {
		subject:  func(f Facts) string { return "Approval asked for: token " + f.Object },
		happened: func(f Facts) string { return f.By + " " + f.Outcome + ": " + f.Object + "." },
		note:     "What it is for",
		button:   "Look at the request",
		after:    "Until somebody decides, nothing more can be called.",
	},
	TokenDecided: {
		subject:  func(f Facts) string { return "Decided: token " + f.Object },
		happened: func(f Facts) string { return "The token " + f.Object + " " + f.Outcome + "." },
		note:     "Why",
		button:   "Look at the token",
	},
	GrantAsked: {
		subject:  func(f Facts) string { return f.By + " of the support staff asks to enter " + f.Tenant },
		happened: func(f Facts) string { return f.By + " asks to enter " + f.Tenant + ": " + f.Object + "." },
		note:     "Why",
		button:   "Look at the request",
		after:    "Until somebody else approves, they may not do it. Unanswered, the request lapses after 8 hours.",
	},
	GrantChanged: {
		subject:  func(f Facts) string { return f.Object },
		happened: func(f Facts) string { return f.Object + "." },
		note:     "Why",
		button:   "Open the tenant’s page",
	},
	GrantEmergency: {
		subject: func(f Facts) string { return "Emergency: " + f.By + " manages " + f.Tenant },
		happened: func(f Facts) string {
			return f.By + " entered " + f.Tenant + " with nobody there to approve, and may change everything there for an hour at most: " + f.Object + "."
		},
		note:   "Why",
		button: "See what they do",
		after:  "If this was not meant to be, end it at once on that page.",
	},
	TokensChanged: {
		subject:  func(f Facts) string { return f.Object + " " + f.Outcome },
		happened: func(f Facts) string { return f.Object + " of yours " + f.Outcome + "." },
		note:     "Why, and which",
		button:   "Look at your tokens",
	},
	Digest: {
		subject:  func(f Facts) string { return "Your day: " + f.Outcome },
		happened: func(f Facts) string { return "This is what you wanted to hear of once a day: " + f.Outcome + "." },
		button:   "Open your notifications",
	},
	ProviderAccount: {
		subject: func(f Facts) string { return "Finish your account at " + f.Object },
		happened: func(f Facts) string {
			return "Somebody, probably you, came to " + f.Object + " through " + f.By + ". Confirm that this address is yours, in the same browser, and you have an account there."
		},
		button: "Make my account",
		after:  "The link works once, and in that browser only. If it was not you, do nothing: without it there is no account.",
	},
	ProviderLinked: {
		subject:  func(f Facts) string { return f.Object + ": your account is " + f.Outcome },
		happened: func(f Facts) string { return "Who you are at " + f.Object + ", and your account: " + f.Outcome + "." },
		note:     "What that means",
		button:   "See your account",
		after:    "Was it not you? End the link on your account’s page, and sessions that you do not know.",
	},
	EmailConfirm: {
		subject:  always("Confirm your new e-mail address"),
		happened: always("Somebody, probably you, wants this to be the address of an account. Confirm it in the browser in which you are signed in."),
		button:   "Confirm the new address",
		after:    "The link works once, and only for whoever is signed in to that account. If it was not you, do nothing: nothing was changed.",
	},
	EmailChanged: {
		subject: always("The address of your account was changed"),
		happened: func(f Facts) string {
			return "The address of your account was changed " + f.Object + ". Mails go there from now on, and not here."
		},
		button: "It was not me: undo it",
		after: "If it was you, do nothing. If not, the button leads to a page that gives your account this address back and signs everybody out; " +
			"then sign in with your passkey and remove passkeys that you do not know. It works for 7 days; until then nobody else can take this address.",
	},
	EmailNew: {
		subject: always("This is your account’s address now"),
		happened: func(f Facts) string {
			return "The address of your account was changed " + f.Object + ". You sign in with your passkeys as before."
		},
		button: "Open your account",
		after:  "The old address was told, and can take this back for 7 days.",
	},
	EmailRestored: {
		subject: always("Your account has this address again"),
		happened: func(f Facts) string {
			return "The address of your account was changed " + f.Object + ", by the link that was sent here. Everybody was signed out."
		},
		button: "See where you are signed in",
		after:  "Remove passkeys that you do not know, on your account’s page.",
	},
	EmailTakenBack: {
		subject: always("This is not your account’s address any more"),
		happened: func(f Facts) string {
			return "The address of an account was changed " + f.Object + ": its former address took it back. Everybody was signed out."
		},
		button: "Sign in",
		after:  notYou,
	},
	AddressReserved: {
		subject:  always("This address is kept for now"),
		happened: always("Somebody, probably you, wanted to use this e-mail address for an account. An account had it until lately, and may take it back for some days."),
		button:   "Sign in",
		after:    "Nothing was changed. If the account is yours, sign in with its passkey; else try again in a week.",
	},
	NewPlace: {
		subject: func(f Facts) string { return "Sign-in from a new place: " + f.Object },
		happened: func(f Facts) string {
			return "Your account was signed in to with one of your passkeys: " + f.Object + "."
		},
		note:   "Why you are told",
		button: "This was not me",
		after:  "If it was you, do nothing. The button leads to all places where you are signed in, and what to do.",
	},
	AccountDisabled: {
		subject:  func(f Facts) string { return "Your account " + f.Outcome },
		happened: func(f Facts) string { return "Your account " + f.Outcome + ". An operator of the portal decided that." },
		button:   "Sign in",
		after:    "While it is disabled, nobody can sign in with it and its tokens are refused. Write to the people who run the portal if you do not know why.",
	},
	AccountDeleted: {
		subject:  always("Your account was deleted"),
		happened: always("Your account was deleted, as you asked. Your passkeys, sessions, roles and teams are gone, and your tokens work no more."),
		note:     "What became of it",
		button:   "Look at the portals",
		after:    "Your name and address are kept nowhere but in the sealed audit logs. If it was not you, tell the people who run the portal; it cannot be undone.",
	},
	PersonGone: {
		subject:  func(f Facts) string { return f.Object + " deleted their account" },
		happened: func(f Facts) string { return f.Object + " deleted their account." },
		note:     "What that means",
		button:   "Have a look",
	},
	RoleChanged: {
		subject:  func(f Facts) string { return f.Outcome + " at " + f.Object },
		happened: func(f Facts) string { return f.Outcome + " at " + f.Object + "." },
		note:     "What follows",
		button:   "See your account",
		after:    "It counts from now on, in every session of yours. " + notYou,
	},
	JoinAsked: {
		subject: func(f Facts) string { return f.By + " asks to be let in" },
		happened: func(f Facts) string {
			return f.By + " (" + f.Object + ") asks to become a partner of " + f.Tenant + "."
		},
		note:   "Their words",
		button: "Look at the request",
		after:  "Until an admin decides, they read what everybody reads, and can ask for no access.",
	},
	JoinDecided: {
		subject:  func(f Facts) string { return f.Outcome + " " + f.Object },
		happened: func(f Facts) string { return f.Outcome + " " + f.Object + "." },
		note:     "Why",
		button:   "Open the portal",
	},
	HostChanged: {
		subject:  func(f Facts) string { return f.Object + " " + f.Outcome },
		happened: func(f Facts) string { return "The host name " + f.Object + " of " + f.Tenant + " " + f.Outcome + "." },
		note:     "What that means",
		button:   "Look at the host name",
		after:    "Every admin gets this. The portal’s own address goes on in any case.",
	},
	OperatorToken: {
		subject:  func(f Facts) string { return f.Outcome + ": " + f.Object },
		happened: func(f Facts) string { return f.Outcome + ": " + f.Object + "." },
		note:     "What that means",
		button:   "See the tokens of operators",
		after:    "If you did not expect this, revoke the token there and ask the other operators.",
	},
	PasskeyAdded: {
		subject: always("A passkey was added to your account"),
		happened: func(f Facts) string {
			return "A passkey was added to your account. It can be used to sign in from now on."
		},
		button: "See your passkeys",
		after:  "If it was not you, remove it now and end your other sessions.",
	},
	PasskeyRemoved: {
		subject: always("A passkey was removed from your account"),
		happened: func(f Facts) string {
			return "A passkey was removed from your account: " + f.Object + ". It can no longer be used to sign in."
		},
		button: "See your passkeys",
		after:  "If it was not you, end your other sessions and tell the people who run the portal.",
	},
	PasskeySuspect: {
		subject: always("One of your passkeys may have been copied"),
		happened: func(f Facts) string {
			return "Your passkey " + f.Object + " was used, and its counter went back. There may be two copies of it."
		},
		button: "See your passkeys",
		after:  "Some password managers do this without harm. If you do not know why, remove the passkey and add a new one.",
	},
	RecoveryCodesMade: {
		subject:  always("New recovery codes for your account"),
		happened: always("New recovery codes were made for your account. The ones before work no more."),
		button:   "See what is left of them",
		after:    "The codes were shown once and are in no e-mail. If it was not you, remove the passkeys that are not yours, end your other sessions, and make new codes.",
	},
	RecoveryCodeUsed: {
		subject:  always("A recovery code of your account was used"),
		happened: always("One of your recovery codes was used. With it a new passkey can be made within 15 minutes, and nothing else."),
		button:   "Look at your account",
		after:    "If it was not you, sign in with a passkey now, remove the one that you do not know, and make new codes.",
	},
	AccountRecovered: {
		subject: always("Your account was recovered"),
		happened: func(f Facts) string {
			return "A new passkey was made for your account by a recovery: " + f.Object + ". All sessions were ended, your recovery codes work no more, and for a day no tokens can be made with the account."
		},
		button: "Look at your account",
		after:  "Remove the passkeys of devices that you lost, and make new recovery codes. If it was not you, sign in with a passkey of yours now and remove the new one; without one, tell the people who run the portal.",
	},
	RecoveryBegun: {
		subject: func(f Facts) string { return "Recovery of your account at " + f.Tenant },
		happened: func(f Facts) string {
			return f.By + " of " + f.Tenant + " began the recovery of your account: in 24 hours you get a link by which a new passkey can be made. Stop it if you did not ask for it."
		},
		note:   "Why",
		button: "Stop the recovery",
		after:  "If you asked for it, do nothing: the link comes by itself. If you still have a passkey you need no recovery; stopping is in your account, too.",
	},
	RecoveryAsked: {
		subject:  func(f Facts) string { return "Recovery begun: " + f.Object },
		happened: func(f Facts) string { return f.By + " began the recovery of the account of " + f.Object + "." },
		note:     "Why",
		button:   "Look at recoveries",
		after:    "In 24 hours the person gets a link by which a new passkey can be made. Every admin can stop it until then; be sure that it was the person who asked.",
	},
	RecoveryLink: {
		subject:  func(f Facts) string { return "Make a new passkey for your account at " + f.Tenant },
		happened: always("You can make a new passkey for your account now. Open the link on the device that should hold it."),
		button:   "Make a new passkey",
		after:    "The link works once, and is good for that alone. All your sessions end with it. If you did not ask for it, do nothing and tell the people who run the portal.",
	},
	RecoveryStopped: {
		subject: func(f Facts) string { return "Recovery stopped: " + f.Object },
		happened: func(f Facts) string {
			return "The recovery of the account of " + f.Object + " was stopped by " + f.By + "."
		},
		note:   "It was begun because",
		button: "See more",
		after:  "Nothing was changed. What was sent for it works no more.",
	},
}
