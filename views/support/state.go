package support

import (
	"time"

	"gatehouse/internal/fault"
	"gatehouse/models"
	"gatehouse/views/ui"
)

// StateForm is what was typed to suspend, resume, archive or restore a tenant.
type StateForm struct {
	To            models.TenantState
	Reason, Typed string
	Problems      []fault.Field
}

// State is the page on which that is done.
type State struct {
	Tenant                            Tenant
	Until                             *time.Time // to when an archived one can be restored
	Tokens, Management, Teams, People int64      // what works
	CallsADay                         uint64
	Form                              StateForm
	Now                               time.Time
}

// form is what was typed into the form that leads to a state; the others are empty.
func (s State) form(to models.TenantState) StateForm {
	if s.Form.To == to {
		return s.Form
	}
	return StateForm{}
}

// ReasonField is the name of the field that asks why a tenant comes to a state: two of
// them stand on one page.
func ReasonField(to models.TenantState) string {
	if to == models.TenantArchived {
		return "archive_reason"
	}
	return "state_reason"
}

// restorable reports whether it is not too late.
func (s State) restorable() bool { return s.Until != nil && s.Now.Before(*s.Until) }

func (s State) url(verb string) string { return "/support/tenants/" + s.Tenant.Slug + "/" + verb }

// stateWord is the button that leads to the page.
func stateWord(s models.TenantState) string {
	switch s {
	case models.TenantSuspended:
		return "Resume or archive"
	case models.TenantArchived:
		return "Restore"
	}
	return "Suspend"
}

// stateSentence says what a tenant's state means.
func stateSentence(s models.TenantState) string {
	if s == models.TenantArchived {
		return "This tenant is archived: its tokens are revoked for good, and its portal is there for operators alone, to read"
	}
	return "This tenant is suspended: calls to its APIs are refused, and its portal is there for staff only"
}

// management are the management tokens, as the end of a sentence.
func (s State) management() string {
	if s.Management == 0 {
		return ""
	}
	return ", with " + ui.Plural(int(s.Management), "management token")
}
